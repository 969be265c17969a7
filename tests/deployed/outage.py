"""Transient failures: the message is retried with backoff."""

import time

from events import added, at, plain
from stack import wait


def checks(stack):
    sentence = "an event that cannot be written is retried within seconds until it is applied"
    yield sentence, table_is_gone_for_a_while, stack


def table_is_gone_for_a_while(stack):
    before = stack.outcomes()
    began = time.monotonic()
    try:
        stack.set_environment(TABLE_NAME="roster-of-nobody")
        stack.send(plain(added("outage", "outage", "u", "reader", at(1))))
        wait("two attempts", lambda: stack.outcomes_since(before)["Retried"] >= 2)
        # The first retry is two to four seconds after the first attempt.
        assert time.monotonic() - began >= 2
        assert stack.take_dead_letters() == []
    finally:
        stack.set_environment()
    # The third attempt is at most twelve seconds later; the visibility timeout is 190 seconds.
    wait("the event", lambda: stack.item("ORG#outage", "USER#u"))
    stack.settle()
    wait("its outcome", lambda: stack.outcomes_since(before)["Applied"] == 1)
    codes = {name for line in stack.metrics() for name in line if name.startswith("Failed_")}
    assert "Failed_misconfigured" in codes, codes
