"""Invalid events: each is in the dead-letter queue within seconds, with its reason."""

import re
import time
from datetime import datetime

from events import ENVELOPES, added, event, notification, plain, secret, user_created

TEXT = "a string that is not empty"
ROLE = '"admin", "writer" or "reader"'
EITHER_ROLE = '"role" or "roleId", or null if there is none'
TEXT_OR_NULL = "a string, or null if there is none"
OWN_ROLE = 'the id of a custom role; a built-in role goes into "role"'
ONE_OWNER = "only one of ownerUserId and ownerOrganizationId"
USER_ID = "1 to 256 bytes without control characters"
EMAIL = "an email address like name@example.com, of at most 320 bytes"
TYPE = 'an event type from the catalogue, such as "UserCreated"'
TIME = 'an RFC 3339 time between the years 1970 and 9999, such as "2026-01-31T09:30:00Z"'
NOW = "a time at most 5 minutes after SQS received the message"

WHEN = "2026-02-03T04:05:06.700Z"
# The error for the role `owner` in the plain envelope.
OWNER = ("malformed", "$.payload.role", '"owner"', ROLE)

FAR = "2999-01-01T00:00:00Z"

# The message id of each rejected message, and its event id or None.
refused = []


def checks(stack):
    for name, wrap, places in ENVELOPES:
        sentence = f"{name}: each kind of invalid event becomes a dead letter with its reason"
        yield sentence, each_kind, stack, name.lower(), wrap, places
    sentence = "a message that is not JSON becomes a dead letter with the time SQS received it"
    yield sentence, not_json, stack
    yield "a producer's attributes are kept up to the limit of SQS", attributes_stay, stack
    sentence = "an invalid message in a batch of ten: nine applied, one dead letter, none retried"
    yield sentence, one_of_ten, stack


def each_kind(stack, tag, wrap, places):
    for *reason, bad in bad_events(tag, *places):
        letter = refuse(stack, wrap(bad), bad["id"] or None)
        carried = letter.pop("EventTime", None)
        says(letter, *reason)
        # An invalid time is not replaced, since that would make the event valid.
        expected = None if bad["time"] == "yesterday" else instant(bad["time"])
        assert (carried and instant(carried)) == expected, (reason, carried)
    assert stack.item(f"ORG#{tag}-bad", "USER#u") is None


def bad_events(tag, event_id, event_type, event_time, payload):
    """Yields the code, path, found and expected texts, and the event."""

    def member(case, user="u", role="reader", when=WHEN):
        return added(case and f"{tag}-bad-{case}", f"{tag}-bad", user, role, when)

    name, email = secret(f"Grace Hopper of {tag}"), secret(f"grace-at-{tag}.example")
    user = user_created(f"{tag}-bad-8", "u", name, email, WHEN)
    nameless = member("1")
    del nameless["payload"]["role"]
    spaced = f"a string of {len(name)} bytes"

    role, user_id = f"{payload}.role", f"{payload}.userId"
    yield "missing", role, "nothing", EITHER_ROLE, nameless
    yield "wrong_type", role, "a number", TEXT_OR_NULL, member("2", role=7)
    yield "malformed", role, '"owner"', ROLE, member("3", role="owner")
    yield "empty", user_id, "an empty string", TEXT, member("4", user="")
    yield "too_long", user_id, "a string of 257 bytes", USER_ID, member("5", user="u" * 257)
    yield "empty", event_id, "an empty string", TEXT, member("")
    yield "in_future", event_time, "2999-01-01T00:00:00.000000000Z", NOW, member("6", when=FAR)
    yield "malformed", event_time, "a string of 9 bytes", TIME, member("7", when="yesterday")
    found = f"a string of {len(email)} bytes"
    yield "malformed", f"{payload}.email", found, EMAIL, user
    built_in = member("12")
    built_in["payload"] = {"organizationId": f"{tag}-bad", "userId": "u", "roleId": "admin"}
    yield "reserved", f"{payload}.roleId", '"admin"', OWN_ROLE, built_in
    owners = {"ownerUserId": "u", "ownerOrganizationId": "o"}
    project = {"id": f"{tag}-bad", "name": "P", "createdByUserId": "u"} | owners
    project = event(f"{tag}-bad-13", "ProjectCreated", project, WHEN)
    second = f"{payload}.ownerOrganizationId"
    yield "ambiguous", second, "a string of 1 byte", ONE_OWNER, project
    listed = {"id": f"{tag}-bad", "permissionIds": ["invoices:read", 7]}
    listed = event(f"{tag}-bad-14", "RoleUpdated", listed, WHEN)
    yield "wrong_type", f"{payload}.permissionIds[1]", "a number", TEXT, listed
    unknown = event(f"{tag}-bad-9", "UserRenamed", {}, WHEN)
    yield "unknown_type", event_type, '"UserRenamed"', TYPE, unknown
    # Personal data in the wrong field is not repeated either.
    yield "unknown_type", event_type, spaced, TYPE, event(f"{tag}-bad-10", name, {}, WHEN)
    yield "malformed", role, spaced, ROLE, member("11", role=name)


def not_json(stack):
    text = secret("Grace Murray Hopper wrote this by hand")
    for body, path in [(text, "$"), (notification(text), "$.Message")]:
        before = time.time()
        letter = refuse(stack, body, None)
        carried = instant(letter.pop("EventTime"))
        says(letter, "not_json", path, "invalid JSON at line 1, column 1", "JSON")
        assert before - 1 < carried < time.time() + 1, (before, carried)


def attributes_stay(stack):
    ours = {"ErrorCode": "theirs", "EventTime": "2026-02-04T00:00:00Z"}
    theirs = {f"a{n}": f"value {n}" for n in range(7)}
    texts = {name: text(value) for name, value in (ours | theirs).items()}
    other = {"a7": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    body = plain(added("attributes", "attributes-bad", "u", "owner", None))
    letter = refuse(stack, body, "attributes", texts | other)
    # SQS allows ten: five of Roster's, and the first five of the producer's.
    kept = {name: letter.pop(name) for name in list(letter) if name.startswith("a")}
    assert kept == {name: theirs[name] for name in sorted(theirs)[:5]}, kept
    assert letter.pop("EventTime") == ours["EventTime"]
    says(letter, *OWNER)

    body = plain(added("binary", "attributes-bad", "u", "owner", None))
    number = {"n": {"DataType": "Number", "StringValue": "4"}}
    letter = refuse(stack, body, "binary", other | number)
    assert letter["a7"] == b"\x00\xff" and letter["n"] == "4", letter


def one_of_ten(stack):
    members = [(f"u{n}", "owner" if n == 4 else "reader") for n in range(10)]
    events = [added(f"ten-{user}", "ten", user, role, WHEN) for user, role in members]
    bodies = [plain(event) for event in events]
    ids = []
    counted = stack.outcomes_of(lambda: ids.extend(stack.send_in_one_batch(bodies)), messages=10)
    refused.append((ids[4], "ten-u4"))
    assert counted == {"Applied": 9, "DeadLettered": 1}, counted
    counts = ("Applied", "DeadLettered", "Failed_malformed")
    batches = [tuple(line.get(name) for name in counts) for line in stack.metrics()]
    assert batches.count((9, 1, 1)) == 1, "one invocation"
    letter = stack.dead_letter(bodies[4])
    assert instant(letter.pop("EventTime")) == instant(WHEN)
    says(letter, *OWNER)
    present = [user for user, _ in members if stack.item("ORG#ten", f"USER#{user}")]
    assert present == [user for user, role in members if role != "owner"], present


def refuse(stack, body, event_id, attributes=None):
    """Sends a message that is rejected, removes its dead letter and returns the attributes."""
    send_bad(stack, body, event_id, attributes)
    return stack.dead_letter(body)


def send_bad(stack, body, event_id, attributes=None):
    """Sends a message and waits until it is rejected."""

    def send():
        refused.append((stack.send(body, attributes), event_id))

    counted = stack.outcomes_of(send, messages=1)
    assert counted == {"DeadLettered": 1}, (event_id, counted)


def says(letter, code, path, found, expected):
    """Asserts that the attributes are exactly these. The caller checks the time."""
    version = letter.pop("FunctionVersion")
    assert re.fullmatch(r"\d+\.\d+\.\d+\+\$LATEST", version), version
    message = f"{path}: found {found}, expected {expected}"
    reason = {"ErrorCode": code, "ErrorPath": path, "ErrorMessage": message}
    assert letter == reason, (letter, reason)


def text(value):
    return {"DataType": "String", "StringValue": value}


def instant(text):
    """Converts an RFC 3339 time in UTC to seconds since 1970, to the microsecond."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    whole = datetime.fromisoformat(f"{seconds}+00:00").timestamp()
    return whole + float(f"0.{fraction or 0}")
