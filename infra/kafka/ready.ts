/** When a cluster counts as up: when it answers a client as it will answer ours. */
import { setTimeout as sleep } from "node:timers/promises"
import { applyQuirks } from "@assay/kafka-client"
import { Kafka, type KafkaConfig, logLevel } from "kafkajs"

/** What a client needs to connect, as kafkajs takes it. */
export type ClientSettings = Pick<KafkaConfig, "brokers" | "ssl" | "sasl">

const PAUSE_MS = 100
const ATTEMPT_MS = 2_000

/** The ids of the brokers that the cluster knows to be alive; null while it does not answer or has no controller. */
export const brokersAlive = async (client: ClientSettings): Promise<ReadonlyArray<number> | null> => {
  applyQuirks()
  const kafka = new Kafka({
    ...client,
    clientId: "assay-kafka-up",
    connectionTimeout: ATTEMPT_MS,
    requestTimeout: ATTEMPT_MS,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers, controller } = await admin.describeCluster()
    return controller === null || controller < 0 ? null : brokers.map(({ nodeId }) => nodeId)
  } catch {
    return null
  } finally {
    await admin.disconnect()
  }
}

/** Waits until the brokers with these ids are alive. Ends early when `givenUp` says so. @returns whether they are, within `ms` */
export const waitAlive = async (
  client: ClientSettings,
  ids: ReadonlyArray<number>,
  ms: number,
  givenUp: () => boolean = () => false,
): Promise<boolean> => {
  const deadline = performance.now() + ms
  while (performance.now() < deadline && !givenUp()) {
    const alive = await brokersAlive(client)
    if (alive !== null && ids.every((id) => alive.includes(id))) return true
    await sleep(PAUSE_MS)
  }
  return false
}
