"""What producers send: events in four envelopes."""

import json

TOPIC = "arn:aws:sns:eu-west-1:123456789012:iam"

# Every name and email that is sent, in a right place or a wrong one. None may be logged.
personal = set()


def secret(text):
    """Notes that the text is personal data, and hands it back."""
    personal.add(text)
    return text


def at(minute):
    """A time of the story, as producers write it."""
    return f"2026-02-01T08:{minute:02}:00Z"


def event(event_id, name, payload, time=None):
    """An event before it has an envelope."""
    return {"id": event_id, "type": name, "payload": payload, "time": time}


def user_created(event_id, user, name, email, time):
    payload = {"id": user, "name": secret(name), "email": secret(email)}
    return event(event_id, "UserCreated", payload, time)


def organization_created(event_id, organization, name, time):
    payload = {"id": organization, "name": secret(name)}
    return event(event_id, "OrganizationCreated", payload, time)


def added(event_id, organization, user, role, time):
    return _member(event_id, "Added", organization, user, role, time)


def updated(event_id, organization, user, role, time):
    return _member(event_id, "Updated", organization, user, role, time)


def removed(event_id, organization, user, time):
    return _member(event_id, "Removed", organization, user, "reader", time)


def _member(event_id, change, organization, user, role, time):
    payload = {"organizationId": organization, "userId": user, "role": role}
    return event(event_id, f"OrganizationUser{change}", payload, time)


def plain(event):
    """Roster's own envelope."""
    body = {"eventId": event["id"], "type": event["type"], "payload": event["payload"], "retry": 0}
    return _body(body, "timestamp", event["time"])


def event_bridge(event):
    """As an EventBridge rule sends it."""
    body = {
        "version": "0",
        "id": event["id"],
        "detail-type": event["type"],
        "source": "crm.accounts",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": [],
        "detail": event["payload"],
    }
    return _body(body, "time", event["time"])


def cloud_event(event):
    """CloudEvents 1.0, structured JSON."""
    body = {
        "specversion": "1.0",
        "id": event["id"],
        "type": event["type"],
        "source": "/hr/people",
        "datacontenttype": "application/json",
        "data": event["payload"],
    }
    return _body(body, "time", event["time"])


def sns(event):
    """As an SNS subscription without raw delivery sends it."""
    return notification(plain(event))


def notification(message):
    """An SNS notification around any text."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-0b08e50ee168",
            "TopicArn": TOPIC,
            "Message": message,
            "Timestamp": "2026-02-20T12:00:00.000Z",
            "SignatureVersion": "1",
        }
    )


def _body(body, field, time):
    return json.dumps(body if time is None else body | {field: time})


# Of each envelope: its name, how it is made, and where id, type, time and payload stand.
ENVELOPES = [
    ("plain", plain, ("$.eventId", "$.type", "$.timestamp", "$.payload")),
    ("EventBridge", event_bridge, ("$.id", "$.detail-type", "$.time", "$.detail")),
    ("CloudEvents", cloud_event, ("$.id", "$.type", "$.time", "$.data")),
    (
        "SNS",
        sns,
        ("$.Message.eventId", "$.Message.type", "$.Message.timestamp", "$.Message.payload"),
    ),
]
