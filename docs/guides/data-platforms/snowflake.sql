-- Snowflake: files in a stage. Parsed in a test, not run.
CREATE TABLE IF NOT EXISTS readings (
  "schemaVersion" INTEGER, "outcome" VARCHAR, "kind" VARCHAR, "device" VARCHAR, "vendor" VARCHAR, "class" VARCHAR,
  "zone" VARCHAR, "name" VARCHAR, "unit" VARCHAR, "value" DOUBLE, "text" VARCHAR, "flag" BOOLEAN, "data" BINARY,
  "measuredAt" TIMESTAMP_NTZ(6), "ingestedAt" TIMESTAMP_NTZ(3), "trust" VARCHAR, "reputation" DOUBLE,
  "originEpoch" INTEGER, "originPartition" INTEGER, "originOffset" INTEGER, "position" INTEGER
);

COPY INTO readings FROM @readings_stage/readings
FILE_FORMAT = (TYPE = PARQUET, USE_LOGICAL_TYPE = TRUE)
MATCH_BY_COLUMN_NAME = CASE_SENSITIVE;
