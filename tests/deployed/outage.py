"""Transient failures: the message is retried with backoff."""

import time

from events import added, at, plain
from stack import wait


def checks(stack):
    for variable, code in [
        ("TABLE_NAME", "misconfigured"),
        ("HISTORY_TABLE_NAME", "history_misconfigured"),
    ]:
        sentence = f"an event is retried within seconds until it is applied: no {variable}"
        yield sentence, table_is_gone_for_a_while, stack, variable, code


def table_is_gone_for_a_while(stack, variable, code):
    user = f"u-{code}"
    before = stack.outcomes()
    began = time.monotonic()
    try:
        stack.set_environment(**{variable: "roster-of-nobody"})
        stack.send(plain(added(f"outage-{code}", "outage", user, "reader", at(1))))
        wait("two attempts", lambda: stack.outcomes_since(before)["Retried"] >= 2)
        # The first retry is two to four seconds after the first attempt.
        assert time.monotonic() - began >= 2
        assert stack.take_dead_letters() == []
    finally:
        stack.set_environment()
    # The third attempt is at most twelve seconds later; the visibility timeout is 190 seconds.
    wait("the event", lambda: stack.item("ORG#outage", f"USER#{user}"))
    stack.settle()
    wait("its outcome", lambda: stack.outcomes_since(before)["Applied"] == 1)
    codes = {name for line in stack.metrics() for name in line if name.startswith("Failed_")}
    assert f"Failed_{code}" in codes, codes
    assert len(stack.history("ORG#outage", f"USER#{user}")) == 1
