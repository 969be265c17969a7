"""Checks the stack deployed by tests/deploy.sh.

Usage: python tests/deployed STACK ROSTER PID ISSUER

ROSTER is the `roster` command, PID the emulator's process id, and ISSUER the port of a running
`roster up` whose tokens the API accepts. Everything else comes from the environment, as for any AWS
client.
"""

import sys
import time
import traceback

import api
import catalogue
import emulator
import outage
import redrive
import refusals
import story
import telemetry
from stack import Stack


def main(name, roster, pid, issuer):
    stack = Stack(name)
    results = [attempt(stack, *check) for check in every_check(stack, roster, pid, issuer)]
    failed = results.count(False)
    print(f"deploy.sh: {results.count(True)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def every_check(stack, roster, pid, issuer):
    yield from story.checks(stack)
    yield from catalogue.checks(stack)
    yield from refusals.checks(stack)
    yield from outage.checks(stack)
    yield from redrive.checks(stack, roster)
    yield from api.checks(stack, roster, issuer)
    # Last, so that they see the logs and metrics of all other checks.
    yield from telemetry.checks(stack)
    yield from emulator.checks(pid)


def attempt(stack, sentence, check, *arguments):
    began, logged = time.monotonic(), len(stack.log())
    try:
        check(*arguments)
    except Exception:
        print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
        print("The function's log meanwhile:", *stack.log()[logged:][-40:], sep="\n  ", flush=True)
        return False
    print(f"ok {time.monotonic() - began:4.1f} s  {sentence}", flush=True)
    return True


sys.exit(main(*sys.argv[1:]))
