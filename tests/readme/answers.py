"""What each block of these pages prints, by its first line."""

import re
import time
from dataclasses import dataclass

PAGES = ["README.md", "shared/domain/README.md", "shared/table/README.md"]

# What a shell says of a line that it does not take.
REFUSALS = r"command not found|no matches found|parse error|syntax error|bad pattern|unmatched"


@dataclass
class Answer:
    """The patterns that the output has, in order."""

    patterns: list
    # It runs until Ctrl-C and the blocks after it need it.
    serves: bool = False
    # It is stopped with Ctrl-C once the patterns are there, since another step of the gate runs all of it.
    stop: bool = False
    # It may be too early at first, and is then pasted again.
    again: bool = False
    seconds: int = 300
    # What it exits with.
    status: int = 0

    def mistake(self, terminal, block):
        """What is wrong with the output, or none."""
        end = time.monotonic() + self.seconds
        mistake = self._paste(terminal, block)
        while mistake and self.again and time.monotonic() < end:
            time.sleep(2)
            mistake = self._paste(terminal, block)
        return mistake

    def _paste(self, terminal, block):
        terminal.paste(block)
        status = 0
        if self.serves or self.stop:
            if not terminal.wait(".*".join(self.patterns), self.seconds):
                return f"no {self.patterns} in\n{terminal.seen}"
            if self.stop:
                terminal.interrupt()
                terminal.status(60)
        else:
            status = terminal.status(self.seconds)
        rest = terminal.seen
        refusal = re.search(REFUSALS, rest)
        if refusal or status != (0 if self.serves or self.stop else self.status):
            return f"exit status {status}, {refusal} in\n{terminal.seen}"
        for pattern in self.patterns:
            found = re.search(pattern, rest, re.DOTALL)
            if not found:
                return f"no {pattern!r} in\n{terminal.seen}"
            rest = rest[found.end():]
        return None


_DIGEST = r"(?i:digest) +[0-9a-f]{16,}"
_ADA = r'"userId": ?"ada"'

# The commands that `roster up` prints.
GREETING = Answer([r"3 events sent to", r"Acme", r"ada@example.org", r'"organizationId": ?"acme"'])

ANSWERS = {
    "cargo run -- ingest infra/cli/samples/events.ndjson": Answer([r"applied", r"stale", _DIGEST]),
    "cargo test --workspace": Answer([r"Finished `test` profile", r"Running"], stop=True, seconds=1800),
    "cargo run -- check infra/cli/samples/events.ndjson --rounds 20":
        Answer([r"No time is stated in", r"same time and sequence", r"comes after", _DIGEST], status=1),
    "cargo run": Answer([r"Roster runs on this machine until Ctrl-C", r"HTTP API"], serves=True),
    "cargo lambda watch --invoke-address 127.0.0.1 --env-file infra/cli/lambda.env":
        Answer([r"(?i)listening|starting"], serves=True),
    "cargo lambda invoke consumer --invoke-address 127.0.0.1 --data-file tests/data/sqs-batch.json":
        Answer([r"batchItemFailures", r"itemIdentifier.*itemIdentifier", r"Fixture Ltd"],
               again=True, seconds=900),
    "cargo run -q -- send <<'EOF'": Answer([r"3 events sent to http://127.0.0.1:9324/"]),
    "cargo run -q -- get organization acme": Answer([r"Acme", r"ada", r"admin", _ADA, r"yes:"], again=True, seconds=30),
    "A=http://127.0.0.1:8080": Answer([
        r'"organizationId": ?"acme"', r'"role": ?"admin"', _ADA, r'"ada@example.org"',
        r'"decision": ?true']),
    "sam build && sam deploy": Answer([r"sam was given: build", r"sam was given: deploy"]),
    "cargo run -q -p roster-domain --example order": Answer([r"Removed, equal in either order: true"]),
    "export TABLE=roster AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 AWS_DEFAULT_REGION=us-east-1":
        Answer([]),
    'aws dynamodb query --table-name "$TABLE" --consistent-read \\': Answer([r"ORG#acme", r"USER#ada"]),
    'aws dynamodb query --table-name "$TABLE" --index-name GSI1 \\': Answer([r"ORG#acme"]),
}
