"""Access to the deployed stack with the AWS SDK and without any code of Roster."""

import json
import time
from collections import Counter

import boto3

OUTCOMES = ["Applied", "Stale", "Duplicate", "DeadLettered", "Retried"]


def wait(what, ready, seconds=30):
    """Polls until the result is truthy, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer:
            return answer
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(0.05)


class Stack:
    """A deployed stack. Endpoint and credentials come from the environment."""

    def __init__(self, name):
        clients = ["cloudformation", "dynamodb", "lambda", "logs", "sqs"]
        cloudformation, self.dynamodb, self.functions, self.logs, self.sqs = map(
            boto3.client, clients
        )
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.table, self.index = outputs["TableName"], outputs["IndexName"]
        self.history_table = outputs["HistoryTableName"]
        self.queue, self.dead_letter_queue = outputs["QueueUrl"], outputs["DeadLetterQueueUrl"]
        self.function, self.api_function = outputs["ConsumerName"], outputs["ApiName"]
        configuration = self.functions.get_function_configuration(FunctionName=self.function)
        self.environment = configuration["Environment"]["Variables"]
        self.log_group = configuration["LoggingConfig"]["LogGroup"]
        self.api_url, self.api_log_group = outputs["ApiUrl"], outputs["ApiLogs"]
        mappings = self.functions.list_event_source_mappings(FunctionName=self.function)
        (self.mapping,) = mappings["EventSourceMappings"]
        self.taken = []

    # The queue

    def send(self, body, attributes=None, queue=None):
        """Sends a message and returns its id."""
        sent = self.sqs.send_message(
            QueueUrl=queue or self.queue, MessageBody=body, MessageAttributes=attributes or {}
        )
        return sent["MessageId"]

    def send_in_one_batch(self, bodies):
        """Sends up to ten messages and makes sure that one invocation gets all of them."""
        self._consume(False)
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        answer = self.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)
        assert not answer.get("Failed"), answer
        assert self.waiting() == [len(bodies), 0, 0], self.waiting()
        self._consume(True)
        return [sent["MessageId"] for sent in answer["Successful"]]

    def _consume(self, enabled):
        self.functions.update_event_source_mapping(UUID=self.mapping["UUID"], Enabled=enabled)

    def waiting(self, queue=None):
        """Returns how many messages on the queue are visible, in flight and delayed."""
        names = ["", "NotVisible", "Delayed"]
        names = [f"ApproximateNumberOfMessages{name}" for name in names]
        answer = self.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=names)
        return [int(answer["Attributes"][name]) for name in names]

    def settle(self, seconds=30):
        """Waits until the queue is empty, so that nothing can be retried either."""
        wait("an empty queue", lambda: self.waiting() == [0, 0, 0], seconds)

    def outcomes_of(self, action, messages):
        """Returns the outcomes of the action's messages, each of which is handled at least once."""
        before = self.outcomes()
        action()
        self.settle()

        def complete():
            return self.outcomes_since(before).total() >= messages

        wait("its metrics", lambda: complete() or self._flush())
        return self.outcomes_since(before)

    def _flush(self):
        """Sends an empty batch: the emulator may log a late line only with the next invocation."""
        self.functions.invoke(FunctionName=self.function, Payload=b'{"Records": []}')

    def set_environment(self, **changes):
        """Sets the function's environment to the deployed one with these changes."""
        variables = self.environment | changes
        self.functions.update_function_configuration(
            FunctionName=self.function, Environment={"Variables": variables}
        )
        self.functions.get_waiter("function_updated_v2").wait(FunctionName=self.function)

    # The dead-letter queue

    def dead_letter(self, body, seconds=10):
        """Waits for the dead letter with this body, removes it and returns its attributes."""
        letter = wait(f"a dead letter {body[:60]!r}", lambda: self._take(body), seconds)
        return {
            name: value.get("StringValue", value.get("BinaryValue"))
            for name, value in letter.get("MessageAttributes", {}).items()
        }

    def _take(self, body):
        self.take_dead_letters()
        found = [letter for letter in self.taken if letter["Body"] == body]
        if found:
            self.taken.remove(found[0])
        return found and found[0]

    def take_dead_letters(self):
        """Empties the dead-letter queue and returns all messages that no check has claimed yet."""
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self.dead_letter_queue,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return self.taken
            for letter in answer["Messages"]:
                self.sqs.delete_message(
                    QueueUrl=self.dead_letter_queue, ReceiptHandle=letter["ReceiptHandle"]
                )
                self.taken.append(letter)

    # The table

    def item(self, pk, sk):
        """Returns an item with Python values, or None."""
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        answer = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _values(answer["Item"]) if "Item" in answer else None

    def in_index(self, pk):
        """Returns the keys of the items with a partition key of the index, in index order."""
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName=self.index,
            KeyConditionExpression="GSI1PK = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return [(item["PK"]["S"], item["SK"]["S"]) for item in answer["Items"]]

    # The history

    def history(self, pk, sk):
        """Returns the events of an entity, given the key of its item, in clock order."""
        answer = self.dynamodb.query(
            TableName=self.history_table,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{pk}\t{sk}"}},
            ConsistentRead=True,
        )
        return [_values(item) for item in answer["Items"]]

    # The log

    def log(self):
        """Returns every log line of the consumer, including Lambda's own."""
        return self._lines(self.log_group)

    def api_log(self):
        """Returns every log line of the API's function."""
        return self._lines(self.api_log_group)

    def _lines(self, group):
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def metrics(self):
        """Returns every line in the embedded metric format, parsed."""
        lines = (line for line in self.log() if '"_aws"' in line)
        return [json.loads(line) for line in lines]

    def outcomes_since(self, before):
        """Returns the increase of each outcome, without those that did not change."""
        return self.outcomes() - before

    def outcomes(self):
        """Returns the sum of each outcome over all batches."""
        metrics = self.metrics()
        return Counter({name: sum(line.get(name, 0) for line in metrics) for name in OUTCOMES})


def _values(item):
    """Removes DynamoDB's types. Roster stores strings, lists of strings and integers."""
    read = {"S": str, "N": int, "BOOL": bool, "L": lambda texts: [typed["S"] for typed in texts]}
    return {name: read[kind](text) for name, typed in item.items() for kind, text in typed.items()}
