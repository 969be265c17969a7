"""Events in the four envelopes that producers use."""

import json

TOPIC = "arn:aws:sns:eu-west-1:123456789012:iam"

# Every name and email address that is sent, in whatever field. None may be logged.
personal = set()


def secret(text):
    """Records the text as personal data and returns it."""
    personal.add(text)
    return text


def at(minute):
    """Returns a time of the story, as producers format it."""
    return f"2026-02-01T08:{minute:02}:00Z"


def event(event_id, name, payload, time=None):
    """Returns an event without an envelope."""
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
    """Wraps an event in Roster's own envelope."""
    body = {"eventId": event["id"], "type": event["type"], "payload": event["payload"], "retry": 0}
    return _body(body, "timestamp", event["time"])


def event_bridge(event):
    """Wraps an event like an EventBridge rule."""
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
    """Wraps an event as a CloudEvent 1.0 in structured JSON."""
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
    """Wraps an event like an SNS subscription without raw delivery."""
    return notification(plain(event))


def notification(message):
    """Wraps any text in an SNS notification."""
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


# For each envelope: its name, its function, and the paths of id, type, time and payload.
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
