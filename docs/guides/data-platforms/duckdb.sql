-- DuckDB 1.x over the files of `assay export parquet`. Run by packages/egress/test/platforms/duckdb.test.ts.
CREATE OR REPLACE VIEW readings AS
SELECT * FROM read_parquet('readings-export/readings/*/*/*.parquet', hive_partitioning = true);

-- A copy that a second load changes nothing of.
CREATE TABLE IF NOT EXISTS loaded_readings AS SELECT * FROM readings LIMIT 0;
CREATE UNIQUE INDEX IF NOT EXISTS reading_key
  ON loaded_readings ("originEpoch", "originPartition", "originOffset", "position");
INSERT INTO loaded_readings SELECT * FROM readings ON CONFLICT DO NOTHING;

-- Per device and quantity: how many, how much, how recent.
CREATE OR REPLACE VIEW summary AS
SELECT device, "class", zone, name, any_value(unit) AS unit, count(*) AS readings,
  avg(value) AS average, min("measuredAt") AS first, max("measuredAt") AS last,
  count(*) FILTER (WHERE outcome = 'verified') AS verified
FROM loaded_readings GROUP BY device, "class", zone, name;

-- Late by more than an hour: released messages, backfill, wrong clocks.
CREATE OR REPLACE VIEW late AS
SELECT * FROM loaded_readings WHERE "ingestedAt" - "measuredAt" > INTERVAL 1 HOUR OR kind = 'released';
