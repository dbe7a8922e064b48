"""Stops a pipeline where the readings are not good enough: pip install confluent-kafka fastavro.

python quality_gate.py BROKER:9092 quality-row.avsc --expect pump/field --expect robot/press && dbt build

Adds up readings.quality.v1 over the last minutes, by class and zone. Exit code 1, with a line for each: too little is verified, too
much is missing, nothing new came, or a class that is expected said nothing. The schema is a file of `assay schemas export`; rows that
are written as JSON are read too. Run by packages/egress/test/platforms/streams.long.test.ts.
"""

import argparse
import io
import json
import sys
import time
from collections import defaultdict

from fastavro import parse_schema, schemaless_reader


def millis(value):
    """Avro readers give a time, JSON a count of milliseconds."""
    return int(value.timestamp() * 1000) if hasattr(value, "timestamp") else value


def problems(rows, expected, now, verified, missing, age):
    """What is wrong, a line for each. `now` in milliseconds, `age` in seconds."""
    sums = defaultdict(lambda: {"messages": 0, "verified": 0, "gaps": 0, "newest": 0})
    for row in rows:
        one = sums[f"{row['class']}/{row['zone']}"]
        one["messages"] += row["messages"]
        one["gaps"] += row["gaps"]
        one["verified"] += row["messages"] if row["outcome"] == "verified" else 0
        one["newest"] = max(one["newest"], millis(row["minute"]))
    for name in expected:
        if name not in sums:
            yield f"{name}: nothing came"
    for name, one in sorted(sums.items()):
        share, gone = one["verified"] / one["messages"], one["gaps"] / one["messages"]
        if share < verified:
            yield f"{name}: {share:.1%} is verified"
        if gone > missing:
            yield f"{name}: {gone:.1%} of the messages say that others are missing"
        # A minute is known by its beginning.
        if now - one["newest"] > (age + 60) * 1000:
            yield f"{name}: nothing new for {(now - one['newest']) // 1000} s"


def reader(path):
    with open(path, encoding="utf-8") as file:
        schema = parse_schema(json.load(file))

    def read(value):
        # Avro has five bytes of header: 00 and the schema's id.
        return schemaless_reader(io.BytesIO(value[5:]), schema) if value[0] == 0 else json.loads(value)

    return read


def recent(brokers, topic, read, since):
    """The rows of the last minutes, up to what is there now."""
    from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "data-platform-quality",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        asked = [TopicPartition(topic, partition, since) for partition in partitions]
        left = [start for start in consumer.offsets_for_times(asked, timeout=30) if start.offset >= 0]
        consumer.assign(left)
        open_ends = len(left)
        while open_ends > 0:
            record = consumer.poll(30.0)
            if record is None:
                raise TimeoutError(f"{topic}: no answer for 30 s")
            if record.error() is None:
                yield read(record.value())
            elif record.error().code() == KafkaError._PARTITION_EOF:
                open_ends -= 1
            else:
                raise KafkaException(record.error())
    finally:
        consumer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("brokers")
    parser.add_argument("schema")
    parser.add_argument("--topic", default="readings.quality.v1")
    parser.add_argument("--minutes", type=int, default=15)
    parser.add_argument("--expect", action="append", default=[], help="CLASS/ZONE that must have said something")
    parser.add_argument("--verified", type=float, default=0.95, help="least share")
    parser.add_argument("--missing", type=float, default=0.01, help="greatest share")
    parser.add_argument("--age", type=int, default=300, help="seconds")
    given = parser.parse_args()
    now = int(time.time() * 1000)
    rows = recent(given.brokers, given.topic, reader(given.schema), now - given.minutes * 60_000)
    found = list(problems(rows, given.expect, now, given.verified, given.missing, given.age))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
