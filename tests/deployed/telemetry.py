"""The telemetry for operators: valid CloudWatch metrics, and logs without personal data."""

import json
import time

import events
import refusals

# The units that the consumer uses (CloudWatch API reference, MetricDatum).
UNITS = {"Count", "Milliseconds", "None"}

ALWAYS = {
    "Applied",
    "Stale",
    "Duplicate",
    "DeadLettered",
    "Retried",
    "TableRequests",
    "ConditionsLost",
}


def checks(stack):
    sentence = "every metric line is in the embedded metric format and declares its metrics"
    yield sentence, metrics_are_well_formed, stack
    yield "each rejected message is logged with its event id", failures_are_logged, stack
    yield "neither function logs names or email addresses", nothing_personal_is_logged, stack


def metrics_are_well_formed(stack):
    lines = stack.metrics()
    assert lines
    for line in lines:
        aws = line.pop("_aws")
        assert abs(time.time() * 1000 - aws["Timestamp"]) < 3_600_000, aws
        (directive,) = aws["CloudWatchMetrics"]
        assert directive["Namespace"] == "Roster", directive
        assert directive["Dimensions"] == [["FunctionName"]], directive
        assert line.pop("FunctionName") == stack.function
        assert isinstance(line.pop("requestId"), str)
        declared = [metric["Name"] for metric in directive["Metrics"]]
        assert sorted(declared) == sorted(line), (declared, line)
        assert line.keys() >= ALWAYS, line
        assert {metric["Unit"] for metric in directive["Metrics"]} <= UNITS, directive
        for name, value in line.items():
            values = value if isinstance(value, list) else [value]
            assert 1 <= len(values) <= 100, (name, value)
            assert all(type(value) in (int, float) for value in values), (name, value)
        failed = sum(value for name, value in line.items() if name.startswith("Failed_"))
        assert failed == line["DeadLettered"] + line["Retried"], line


def failures_are_logged(stack):
    logged = set()
    for line in stack.log():
        if line.startswith("{") and '"message_id"' in line:
            fields = json.loads(line)["fields"]
            logged.add((fields["message_id"], fields.get("event_id")))
    assert refusals.refused
    missing = set(refusals.refused) - logged
    assert not missing, missing


def nothing_personal_is_logged(stack):
    log = "\n".join(stack.log() + stack.api_log()).lower()
    assert events.personal and "answered" in log
    found = [text for text in events.personal if text.lower() in log]
    assert not found, found
