/** The settings of a Kafka cluster where the environment names the brokers and nothing else. Loads no test framework. */
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { readLogConfiguration } from "@assay/node/log"
import { KAFKA, LOG } from "@assay/settings"

const { kafka } = readLogConfiguration({ [LOG.engine.key]: "kafka", [KAFKA.brokers.key]: "127.0.0.1:9092" })
const { brokers: _, ...defaults } = kafka!

/** Everything but `brokers`. */
export const KAFKA_DEFAULTS: Omit<KafkaSettings, "brokers"> = defaults
