"""Every event type of the catalogue, with the examples from its JSON Schema."""

import json
from pathlib import Path

from events import ENVELOPES, at, event, secret

SCHEMAS = Path(__file__).parents[2] / "shared" / "domain" / "schemas"

# The items that the examples write, by their keys.
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
    yield "an event of every type takes effect in every envelope", every_type, stack


def every_type(stack):
    schemas = [json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")]
    examples = {schema["title"]: schema["examples"] for schema in schemas}
    counted = 0
    # Each of the two that state `active` comes at a time of its own.
    activity = [(["Deactivated"], "ACTIVE"), (["Activated"], "ACTIVE")]
    stages = [(PUTS, "ACTIVE"), (PATCHES, "ACTIVE"), *activity, (REMOVES, "REMOVED")]
    for minute, (endings, status) in enumerate(stages, start=1):
        names = sorted(name for name in examples if name.endswith(tuple(endings)))
        counted += len(names)
        pairs = [(name, payload) for name in names for payload in examples[name]]
        arrive(stack, [event(name, name, payload, at(minute)) for name, payload in pairs])
        found = {key: stack.item(*key) or {} for key in ITEMS}
        kinds = {key: item.get("entityType") for key, item in found.items()}
        assert kinds == ITEMS, kinds
        assert {item["status"] for item in found.values()} == {status}, (endings, found)
    assert counted == len(examples) > 0, "each type belongs to one of the stages"


def arrive(stack, events):
    """Sends each event in all four envelopes: one is applied, the others are duplicates."""
    for one in events:
        for value in one["payload"].values():
            if isinstance(value, str) and set(value) & set(" @"):
                secret(value)
    bodies = [wrap(one) for one in events for _, wrap, _ in ENVELOPES]
    counted = stack.outcomes_of(lambda: [stack.send(body) for body in bodies], len(bodies))
    again = len(bodies) - len(events)
    assert counted == {"Applied": len(events), "Duplicate": again}, counted
