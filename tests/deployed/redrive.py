"""`roster dlq`: what is in the dead-letter queue, and sending it again."""

import json
import subprocess
import time

from events import added, at, plain
from refusals import instant, send_bad
from stack import wait


def checks(stack, roster):
    yield "nothing is in the dead-letter queue but what was refused", nothing_else, stack
    sentence = "redrive does what its dry run foretold, and leaves what is refused today"
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

    # What the table has, so that one event of those below is stale and one a duplicate.
    known = plain(added("redrive-3", "redrive", "u0", "writer", at(3)))
    assert stack.outcomes_of(lambda: stack.send(known), messages=1) == {"Applied": 1}
    # One that today's code refuses,
    bad = plain(added("redrive-bad", "redrive", "u9", "owner", at(3)))
    send_bad(stack, bad, "redrive-bad")
    # and six as they are there after an outage: as SQS moved them, without a reason.
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
    assert stack.waiting(stack.dead_letter_queue) == [7, 0, 0], "a dry run leaves all in place"
    assert stack.waiting() == [0, 0, 0], "a dry run sends nothing"

    wait("a second", lambda: time.time() > sent + 1.5)
    told = []
    counted = stack.outcomes_of(lambda: told.append(dlq("redrive")), messages=6)
    assert told == [foretold], (told, foretold)
    assert counted == {"Applied": 4, "Stale": 1, "Duplicate": 1}, counted
    roles = {f"u{n}": stack.item("ORG#redrive", f"USER#u{n}")["role"] for n in range(5)}
    assert roles == {"u0": "writer", "u1": "reader", "u2": "reader", "u3": "reader", "u4": "admin"}
    # An event without a time has the one when SQS got it first.
    created = instant(stack.item("ORG#redrive", "USER#u4")["createdAt"])
    assert sent - 1 < created < sent + 0.1, (created, sent)

    # What is refused stays, reason and all, however often it is tried.
    again = dlq("redrive")
    assert (again["sent"], again["stillFailing"]) == (0, {"malformed": 1}), again
    assert stack.dead_letter(bad)["ErrorCode"] == "malformed"
    assert stack.take_dead_letters() == []
