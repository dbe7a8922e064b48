-- BigQuery: an external table over the files in Cloud Storage, then a table of its own. Parsed in a test, not run.
CREATE OR REPLACE EXTERNAL TABLE plant.readings_files
WITH PARTITION COLUMNS (day DATE, zone_id STRING)
OPTIONS (
  format = 'PARQUET',
  uris = ['gs://BUCKET/readings-export/readings/*'],
  hive_partition_uri_prefix = 'gs://BUCKET/readings-export/readings'
);

MERGE plant.readings AS t
USING plant.readings_files AS s
ON t.originEpoch = s.originEpoch AND t.originPartition = s.originPartition
  AND t.originOffset = s.originOffset AND t.position = s.position
WHEN NOT MATCHED THEN INSERT ROW;
