-- Flink SQL 1.20+ (and 2.x), from the stream. Parsed in a test, not run.
CREATE TABLE readings (
  `schemaVersion` INT NOT NULL,
  `outcome` STRING NOT NULL,
  `kind` STRING NOT NULL,
  `device` STRING NOT NULL,
  `vendor` STRING,
  `class` STRING,
  `zone` STRING,
  `name` STRING NOT NULL,
  `unit` STRING,
  `value` DOUBLE,
  `text` STRING,
  `flag` BOOLEAN,
  `data` BYTES,
  `measuredAt` TIMESTAMP(6),
  `ingestedAt` TIMESTAMP(3) NOT NULL,
  `trust` STRING,
  `reputation` DOUBLE,
  `originEpoch` INT NOT NULL,
  `originPartition` INT NOT NULL,
  `originOffset` BIGINT NOT NULL,
  `position` INT NOT NULL,
  WATERMARK FOR `ingestedAt` AS `ingestedAt` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'readings.verified.v1',
  'properties.bootstrap.servers' = 'broker:9092',
  'properties.group.id' = 'data-platform-flink',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'avro-confluent',
  'avro-confluent.url' = 'http://registry:8081'
);

SELECT window_start, `class`, `zone`, `name`, COUNT(*) AS readings, AVG(`value`) AS average
FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(`ingestedAt`), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, `class`, `zone`, `name`;
