/**
 * Kafka for tests: `describeKafka` runs its tests where a broker can be had and says loudly why not where it cannot;
 * `testCluster()` gives the one broker that the whole run shares (global-setup.ts holds it).
 */

import { type ClientSettings, type KafkaAvailability, kafkaAvailability } from "@assay/infra/kafka"
import { applyQuirks } from "@assay/kafka-client"
import { describe, inject } from "vitest"
import { askFor } from "../on-first-ask.ts"

export interface TestCluster {
  /** For kafkajs. No topic is made by itself; other test files use the same broker: take names of your own. */
  readonly client: ClientSettings
  /** True where `KAFKA_BROKERS` named it: then it may be slow, old, shared, and hold other topics. */
  readonly external: boolean
}

applyQuirks()

export const availability: KafkaAvailability = await kafkaAvailability()

const skipLoudly = (name: string, body: () => void, why: string): void => {
  process.stderr.write(`\nSKIPPED for want of Kafka: ${name}\n  ${why}\n\n`)
  describe.skip(name, body)
}

/** `describe` where there is a Kafka, else `describe.skip` and a message that nobody can miss. */
export const describeKafka = (name: string, body: () => void): void => {
  if (availability.by === "nothing") skipLoudly(name, body, `${availability.why}\n  or set KAFKA_BROKERS`)
  else describe(name, body)
}

/** The same, for tests that stop and secure brokers of their own: no foreign cluster will do. */
export const describeBroker = (name: string, body: () => void): void => {
  if (availability.by === "nothing") skipLoudly(name, body, availability.why)
  else if (availability.by === "brokers") skipLoudly(name, body, "it starts brokers of its own: unset KAFKA_BROKERS")
  else describe(name, body)
}

/** The broker of this test run, started when the first test file asks for it. The first call takes some 5 s. */
export const testCluster = async (): Promise<TestCluster> => {
  if (availability.by === "brokers") return { client: { brokers: [...availability.brokers] }, external: true }
  const address = inject("kafkaTestBroker")
  if (address === undefined) {
    throw new Error(
      "testCluster() needs testkit/src/kafka/global-setup.ts among globalSetup of the vitest configuration",
    )
  }
  return { client: (await askFor(address, "the broker")) as ClientSettings, external: false }
}
