"""`roster dlq`: lists and redrives the dead-letter queue."""

import json
import subprocess
import time

from events import added, at, plain
from refusals import instant, send_bad
from stack import wait


def checks(stack, roster):
    yield "the dead-letter queue contains only rejected messages", nothing_else, stack
    sentence = "a redrive does what its dry run predicted, and keeps what is still invalid"
    yield sentence, redrive, stack, roster


def nothing_else(stack):
    stack.settle()
    assert stack.take_dead_letters() == []


def redrive(stack, roster):
    def dlq(*arguments):
        queue = ["--queue", stack.queue, "--table", stack.table, "--json"]
        run = [roster, "dlq", *arguments, *queue]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout)

    # An event in the table, so that one of the events below is stale and one a duplicate.
    known = plain(added("redrive-3", "redrive", "u0", "writer", at(3)))
    assert stack.outcomes_of(lambda: stack.send(known), messages=1) == {"Applied": 1}
    # One dead letter that the current code rejects,
    bad = plain(added("redrive-bad", "redrive", "u9", "owner", at(3)))
    send_bad(stack, bad, "redrive-bad")
    # and six as after an outage: SQS moved them, so they have no reason.
    stale = plain(added("redrive-2", "redrive", "u0", "reader", at(2)))
    valid = [added(f"redrive-u{n}", "redrive", f"u{n}", "reader", at(4)) for n in range(1, 4)]
    valid = [plain(event) for event in valid]
    timeless = plain(added("redrive-timeless", "redrive", "u4", "admin", None))
    for body in [stale, known, *valid, timeless]:
        stack.send(body, queue=stack.dead_letter_queue)
    sent = time.time()

    listed = dlq("list")
    reasons = {(row["reason"], row["count"], row["accepted"]) for row in listed["reasons"]}
    assert listed["deadLetters"] == 7, listed
    assert reasons == {("malformed", 1, 0), ("max_receives", 6, 6)}, listed

    foretold = dlq("redrive", "--dry-run")
    assert foretold["sent"] == 6, foretold
    assert foretold["stillFailing"] == {"malformed": 1}, foretold
    assert foretold["foretold"] == {"applied": 4, "stale": 1, "duplicate": 1}, foretold
    assert stack.waiting(stack.dead_letter_queue) == [7, 0, 0], "a dry run keeps all messages"
    assert stack.waiting() == [0, 0, 0], "a dry run sends nothing"

    wait("a second", lambda: time.time() > sent + 1.5)
    told = []
    counted = stack.outcomes_of(lambda: told.append(dlq("redrive")), messages=6)
    assert told == [foretold], (told, foretold)
    assert counted == {"Applied": 4, "Stale": 1, "Duplicate": 1}, counted
    roles = {f"u{n}": stack.item("ORG#redrive", f"USER#u{n}")["role"] for n in range(5)}
    assert roles == {"u0": "writer", "u1": "reader", "u2": "reader", "u3": "reader", "u4": "admin"}
    # An event without a time gets the time when SQS first received it.
    created = instant(stack.item("ORG#redrive", "USER#u4")["createdAt"])
    assert sent - 1 < created < sent + 0.1, (created, sent)

    # Invalid messages stay with their reasons, however often they are redriven.
    again = dlq("redrive")
    assert (again["sent"], again["stillFailing"]) == (0, {"malformed": 1}), again
    assert stack.dead_letter(bad)["ErrorCode"] == "malformed"
    assert stack.take_dead_letters() == []
