"""Every type of event in the catalogue, from the examples of its JSON Schemas."""

import json
from pathlib import Path

from events import ENVELOPES, at, event, secret

SCHEMAS = Path(__file__).parents[2] / "shared" / "domain" / "schemas"

# What the examples put into the table, by their keys.
ITEMS = {
    ("USER#ada", "PROFILE"): "USER",
    ("ORG#acme", "PROFILE"): "ORGANIZATION",
    ("ORG#acme", "USER#ada"): "MEMBERSHIP",
    ("ORG#acme", "TEAM#core"): "TEAM",
    ("TEAM#acme\tcore", "USER#ada"): "TEAM_MEMBER",
    ("PROJECT#engine", "PROFILE"): "PROJECT",
    ("PROJECT#engine", "USER#ada"): "PROJECT_USER",
    ("PROJECT#engine", "TEAM#acme\tcore"): "PROJECT_TEAM",
    ("ROLE#auditor", "PROFILE"): "ROLE",
    ("PERMISSION#invoices:read", "PROFILE"): "PERMISSION",
}

PUTS, PATCHES, REMOVES = ["Created", "Added"], ["Updated", "Renamed"], ["Deleted", "Removed"]


def checks(stack):
    yield "an event of every type does what it says, in every envelope", every_type, stack


def every_type(stack):
    schemas = [json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")]
    examples = {schema["title"]: schema["examples"] for schema in schemas}
    told = 0
    stages = [(PUTS, "ACTIVE"), (PATCHES, "ACTIVE"), (REMOVES, "REMOVED")]
    for minute, (endings, status) in enumerate(stages, start=1):
        names = sorted(name for name in examples if name.endswith(tuple(endings)))
        told += len(names)
        told_of = [(name, payload) for name in names for payload in examples[name]]
        arrive(stack, [event(name, name, payload, at(minute)) for name, payload in told_of])
        found = {key: stack.item(*key) or {} for key in ITEMS}
        kinds = {key: item.get("entityType") for key, item in found.items()}
        assert kinds == ITEMS, kinds
        assert {item["status"] for item in found.values()} == {status}, (endings, found)
    assert told == len(examples) > 0, "each type is one of the three"


def arrive(stack, events):
    """Sends each event in every envelope, which is once and three times again."""
    for one in events:
        for value in one["payload"].values():
            if isinstance(value, str) and set(value) & set(" @"):
                secret(value)
    bodies = [wrap(one) for one in events for _, wrap, _ in ENVELOPES]
    counted = stack.outcomes_of(lambda: [stack.send(body) for body in bodies], len(bodies))
    again = len(bodies) - len(events)
    assert counted == {"Applied": len(events), "Duplicate": again}, counted
