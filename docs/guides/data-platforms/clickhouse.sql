-- ClickHouse 25+. The table and the queries are run by packages/egress/test/platforms/clickhouse.long.test.ts, on chdb.
CREATE TABLE readings (
  schemaVersion Int32,
  outcome LowCardinality(String),
  kind LowCardinality(String),
  device String,
  vendor LowCardinality(Nullable(String)),
  class LowCardinality(Nullable(String)),
  zone LowCardinality(Nullable(String)),
  name LowCardinality(String),
  unit LowCardinality(Nullable(String)),
  value Nullable(Float64),
  text Nullable(String),
  flag Nullable(Bool),
  data Nullable(String),
  measuredAt Nullable(DateTime64(6, 'UTC')),
  ingestedAt DateTime64(3, 'UTC'),
  trust LowCardinality(Nullable(String)),
  reputation Nullable(Float64),
  originEpoch Int32,
  originPartition Int32,
  originOffset Int64,
  position Int32
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ingestedAt)
ORDER BY (originEpoch, originPartition, originOffset, position);

-- From the files of `assay export parquet`; a second load changes nothing (FINAL, or OPTIMIZE, drops what is there twice).
INSERT INTO readings SELECT * FROM file('readings-export/readings/*/*/*.parquet', Parquet);

SELECT class, zone, name, count() AS readings, avg(value) AS average, max(measuredAt) AS last
FROM readings FINAL GROUP BY class, zone, name ORDER BY class, zone, name;
