-- Spark SQL 3.5+ and Databricks, over the files of `assay export parquet`. Parsed in a test, not run.
CREATE TABLE IF NOT EXISTS readings USING parquet
OPTIONS (path 'readings-export/readings', recursiveFileLookup 'false');

CREATE TABLE IF NOT EXISTS loaded_readings USING delta AS SELECT * FROM readings WHERE 1 = 0;

MERGE INTO loaded_readings AS t
USING readings AS s
ON t.originEpoch = s.originEpoch AND t.originPartition = s.originPartition
  AND t.originOffset = s.originOffset AND t.position = s.position
WHEN NOT MATCHED THEN INSERT *;

SELECT class, zone, name, count(*) AS readings, avg(value) AS average, max(measuredAt) AS last
FROM loaded_readings GROUP BY class, zone, name;
