"""The table and its index after a sequence of late, repeated and reordered events."""

import hashlib
import re

from events import ENVELOPES, added, at, organization_created, removed, updated, user_created

# Time, sequence, rank, event id and hash, as the README has it under "Item format".
CLOCK = re.compile(r"(\S+)\t[^\t]*\t[0-2]\t([^\t]+)\t[0-9a-f]+")


def checks(stack):
    for name, wrap, _ in ENVELOPES:
        sentence = f"{name}: late, repeated and reordered events result in the documented items"
        yield sentence, tell, stack, name.lower(), wrap


def tell(stack, tag, wrap):
    org, ada, bob, cleo, dora = (f"{tag}-{id}" for id in ["org", "ada", "bob", "cleo", "dora"])
    name, email = f"Ada Byron of {tag}", f"Ada.Byron@{tag}.example"

    def arrives(event, outcome):
        """Sends one event, and checks its outcome before the next one is sent."""
        counted = stack.outcomes_of(lambda: stack.send(wrap(event)), messages=1)
        assert counted == {outcome: 1}, (event["id"], outcome, counted)

    arrives(organization_created(f"{tag}-1", org, f"Org of {tag}", at(1)), "Applied")
    arrives(user_created(f"{tag}-2", ada, name, email, at(2)), "Applied")
    arrives(added(f"{tag}-3", org, ada, "reader", at(3)), "Applied")
    newest = updated(f"{tag}-5", org, ada, "writer", at(5))
    arrives(newest, "Applied")
    arrives(updated(f"{tag}-4", org, ada, "admin", at(4)), "Stale")
    arrives(newest, "Duplicate")

    arrives(updated(f"{tag}-7", org, bob, "admin", at(7)), "Applied")
    shows(stack, member(org, bob, status="PENDING", rolePending="admin"), role=f"7 {tag}-7")
    arrives(added(f"{tag}-6", org, bob, "reader", at(6)), "Applied")

    arrives(removed(f"{tag}-9", org, cleo, at(9)), "Applied")
    arrives(added(f"{tag}-8", org, cleo, "writer", at(8)), "Stale")

    arrives(added(f"{tag}-10", org, dora, "admin", at(10)), "Applied")
    arrives(removed(f"{tag}-11", org, dora, at(11)), "Applied")
    arrives(updated(f"{tag}-12", org, dora, "writer", at(12)), "Applied")

    profile = {"SK": "PROFILE", "status": "ACTIVE", "lifeKind": "PUT"}
    shows(
        stack,
        profile
        | {
            "PK": f"ORG#{org}",
            "GSI1PK": f"NAME#org of {tag}",
            "GSI1SK": clock(f"1 {tag}-1"),
            "GSI2PK": f"ORGANIZATIONS#{shard(org)}",
            "GSI2SK": f"org of {tag}\t{org}",
            "entityType": "ORGANIZATION",
            "organizationId": org,
            "name": f"Org of {tag}",
            "createdAt": stored(1),
            "updatedAt": stored(1),
        },
        life=f"1 {tag}-1",
        name=f"1 {tag}-1",
    )
    shows(
        stack,
        profile
        | {
            "PK": f"USER#{ada}",
            "GSI1PK": f"EMAIL#{email.lower()}",
            "GSI1SK": clock(f"2 {tag}-2"),
            "GSI2PK": f"USERS#{shard(ada)}",
            "GSI2SK": f"{name.lower()}\t{ada}",
            "entityType": "USER",
            "userId": ada,
            "name": name,
            "email": email,
            "createdAt": stored(2),
            "updatedAt": stored(2),
        },
        life=f"2 {tag}-2",
        name=f"2 {tag}-2",
        email=f"2 {tag}-2",
    )
    shows(stack, active(org, ada, "writer", 3, 5), life=f"3 {tag}-3", role=f"5 {tag}-5")
    shows(stack, active(org, bob, "admin", 6, 7), life=f"6 {tag}-6", role=f"7 {tag}-7")
    shows(stack, tombstone(org, cleo, 9), life=f"9 {tag}-9", removed=f"9 {tag}-9")
    pending = tombstone(org, dora, 11) | {"rolePending": "writer"}
    removal = f"11 {tag}-11"
    shows(stack, pending, life=removal, removed=removal, role=f"12 {tag}-12")

    for user, told in [(ada, [3, 4, 5]), (bob, [6, 7]), (cleo, [8, 9]), (dora, [10, 11, 12])]:
        events = stack.history(f"ORG#{org}", f"USER#{user}")
        assert [event["eventId"] for event in events] == [f"{tag}-{n}" for n in told], events
        assert all(event["recordedAt"] and event["historyVersion"] == 1 for event in events), events

    for user in [ada, bob]:
        assert stack.in_index(f"USER#{user}") == [(f"ORG#{org}", f"USER#{user}")], user
    for user in [cleo, dora]:
        assert stack.in_index(f"USER#{user}") == [], user
    assert stack.in_index(f"EMAIL#{email.lower()}") == [(f"USER#{ada}", "PROFILE")]
    assert stack.in_index(f"NAME#org of {tag}") == [(f"ORG#{org}", "PROFILE")]


def member(org, user, **attributes):
    keys = {"PK": f"ORG#{org}", "SK": f"USER#{user}"}
    ids = {"entityType": "MEMBERSHIP", "organizationId": org, "userId": user}
    return keys | ids | attributes


def active(org, user, role, created, changed):
    index = {"GSI1PK": f"USER#{user}", "GSI1SK": f"ORG#{org}"}
    times = {"createdAt": stored(created), "updatedAt": stored(changed)}
    return member(org, user, status="ACTIVE", role=role, lifeKind="PUT") | index | times


def tombstone(org, user, changed):
    return member(org, user, status="REMOVED", lifeKind="REMOVE", updatedAt=stored(changed))


def shows(stack, expected, **clocks):
    """Asserts that the item is exactly this. A clock is given as its minute and event id."""
    clocks = {f"{register}Clock": clock(text) for register, text in clocks.items()}
    newest = {"newestClock": max(clocks.values()), "itemVersion": 1}
    item = stack.item(expected["PK"], expected["SK"]) or {}
    assert item.pop("revision", 0) > 0, item
    item = {name: without_hash(value) for name, value in item.items()}
    wrong = differences(expected | clocks | newest, item)
    assert not wrong, (expected["PK"], expected["SK"], wrong)


def differences(expected, found):
    names = sorted(expected.keys() | found.keys())
    pairs = {name: (expected.get(name), found.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def shard(id):
    return hashlib.sha256(id.encode()).digest()[0] % 8


def stored(minute):
    """Returns a time of the story as the table stores it: UTC with nine fraction digits."""
    return at(minute).replace("Z", ".000000000Z")


def clock(text):
    minute, event_id = text.split(" ")
    return f"{stored(int(minute))} {event_id}"


def without_hash(value):
    found = CLOCK.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]} {found[2]}" if found else value
