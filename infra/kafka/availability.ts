/** Whether tests can have a Kafka here, asked in one place. */

import { KAFKA, processEnvironment, textOf } from "@assay/settings"
import { requireJava, requireMaven } from "../local/java.ts"
import { SetupProblem } from "../local/problem.ts"
import { jarsComplete } from "./jars.ts"

export type KafkaAvailability =
  /** `KAFKA_BROKERS` names a cluster that is there already. */
  | { readonly by: "brokers"; readonly brokers: ReadonlyArray<string> }
  /** Java, and Maven or its jars, are there: a broker can be started. */
  | { readonly by: "java" }
  | { readonly by: "nothing"; readonly why: string }

/** The brokers that `KAFKA_BROKERS` names; empty where it names none. */
export const namedBrokers = (): ReadonlyArray<string> =>
  (textOf(KAFKA.brokers, processEnvironment()) ?? "")
    .split(",")
    .map((broker) => broker.trim())
    .filter((broker) => broker !== "")

/** `KAFKA_BROKERS` goes before Java. Nothing is started or fetched. */
export const kafkaAvailability = async (): Promise<KafkaAvailability> => {
  const brokers = namedBrokers()
  if (brokers.length > 0) return { by: "brokers", brokers }
  try {
    await requireJava()
    if (!(await jarsComplete())) await requireMaven()
    return { by: "java" }
  } catch (cause) {
    if (!(cause instanceof SetupProblem)) throw cause
    return { by: "nothing", why: cause.message }
  }
}
