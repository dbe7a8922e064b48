"""Rows of readings from Kafka into SQLite, each once, in Python: pip install confluent-kafka fastavro.

python readings.py BROKER:9092 readings.verified.v1 reading-row.avsc readings.db

The schema is a file of `assay schemas export`. Run by packages/egress/test/platforms/streams.long.test.ts.
"""

import io
import json
import sqlite3
import sys

from fastavro import parse_schema, schemaless_reader

KEY = ("originEpoch", "originPartition", "originOffset", "position")


def reader(path):
    """A function from a record's value to a row."""
    with open(path, encoding="utf-8") as file:
        schema = parse_schema(json.load(file))
    # Five bytes of header: 00 and the schema's id.
    return lambda value: schemaless_reader(io.BytesIO(value[5:]), schema)


def table(path):
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE IF NOT EXISTS readings (device, name, value, text, flag, measured_at, outcome, "
        + ", ".join(KEY)
        + f", PRIMARY KEY ({', '.join(KEY)})) WITHOUT ROWID"
    )
    return db


def insert(db, row):
    measured = row["measuredAt"]
    values = [row["device"], row["name"], row["value"], row["text"], row["flag"]]
    values += [measured.isoformat() if measured else None, row["outcome"], *(row[part] for part in KEY)]
    db.execute(f"INSERT OR IGNORE INTO readings VALUES ({', '.join('?' * len(values))})", values)


def follow(brokers, topic, schema, path):
    from confluent_kafka import Consumer

    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "data-platform-python",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    read, db = reader(schema), table(path)
    while True:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        insert(db, read(record.value()))
        db.commit()  # before the position: what comes again is ignored by its key
        consumer.commit(record, asynchronous=False)


if __name__ == "__main__":
    follow(*sys.argv[1:5])
