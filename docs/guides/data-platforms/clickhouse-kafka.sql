-- ClickHouse 25+ from the stream, Avro in the Confluent wire format. Not tried: chdb has no Kafka engine.
CREATE TABLE readings_queue AS readings ENGINE = Kafka SETTINGS
  kafka_broker_list = 'broker:9092',
  kafka_topic_list = 'readings.verified.v1,readings.annotated.v1',
  kafka_group_name = 'data-platform-clickhouse',
  kafka_format = 'AvroConfluent',
  format_avro_schema_registry_url = 'http://registry:8081';

CREATE MATERIALIZED VIEW readings_feed TO readings AS SELECT * FROM readings_queue;
