/** A deployment on Kafka: all stages in one process, or five services as five processes. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, type Topology } from "@assay/engine"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { openKafka } from "@assay/log-kafka"
import { HTTP, KAFKA, NODE } from "@assay/settings"
import { ALL_STREAMS, ROLES } from "@assay/streams"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import { startDeployment } from "../cluster/deployment.ts"
import { type Watching, watchDecisions } from "./decisions.ts"
import { sendOverHttp } from "./http.ts"
import { sendToLog, type Target, untilSettled } from "./target.ts"
import type { Workload } from "./workload.ts"

export interface KafkaTargetOptions {
  readonly brokers: ReadonlyArray<string>
  /** Of this run alone. */
  readonly prefix: string
  readonly topology: Topology
  readonly via: "log" | "http"
  readonly workload: Workload
  /** More environment for the processes: ASSAY_BATCH_RECORDS, NODE_OPTIONS and so on. */
  readonly env?: Readonly<Record<string, string>>
}

const READY_MS = 180_000
/** A process that stands still while its log is filled must not lose its share. */
const SESSION_MS = 60_000

export const settingsOf = (brokers: ReadonlyArray<string>, prefix: string): KafkaSettings => ({
  ...KAFKA_DEFAULTS,
  brokers,
  prefix,
  clientId: "assay-bench",
})

/** Makes the topics of a log. `submitted` and all else lie in `partitions` partitions. */
export const makeTopics = async (brokers: ReadonlyArray<string>, prefix: string, partitions: number): Promise<void> => {
  const args = ["topics", "apply", "--partitions", String(partitions), "--json"]
  await assay(args, kafkaEnvironment(brokers, prefix))
}

/** Topics must be there, and nothing else of that prefix. Resolves when all processes judge by the workload's knowledge. */
export const openKafkaTarget = async (options: KafkaTargetOptions): Promise<Target> => {
  const { brokers, prefix, topology, via, workload } = options
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"))
  const log = await openKafka({ settings: settingsOf(brokers, prefix), streams: ALL_STREAMS, roles: ROLES })
  const deployment = await startDeployment({
    brokers,
    prefix,
    roots: workload.world.rootSet,
    topology,
    dir,
    env: {
      [NODE.seal.key]: "off",
      [KAFKA.sessionTimeoutMs.key]: String(SESSION_MS),
      [HTTP.quotaPerSecond.key]: "10000000",
      [HTTP.maxBacklog.key]: "1000000000",
      ...options.env,
    },
  })
  let watching: Watching | null = null
  const refuseExits = (): void => {
    const [exit] = deployment.exits
    if (exit !== undefined)
      throw new Error(`${exit.instance} ended by itself (${exit.how}): nothing measured with it counts\n${exit.words}`)
  }
  const close = async (): Promise<void> => {
    try {
      await watching?.stop()
    } finally {
      await deployment.stop()
      await log.close()
      rmSync(dir, { recursive: true, force: true })
    }
  }
  try {
    await deployment.untilReady(READY_MS)
    for (const [kind, body] of workload.world.signedItems) await publishKnowledge(log, kind, body)
    await untilSettled(log, topology)
  } catch (cause) {
    await close()
    // The logs go with the directory: the end of what a process said that ended by itself is said here.
    refuseExits()
    throw cause
  }
  const first = deployment.instances[0]!
  const send = via === "http" ? sendOverHttp(first.url) : sendToLog(log)
  return {
    engine: "kafka",
    topology,
    via,
    log,
    urls: deployment.instances.map(({ url }) => url),
    processes: deployment.instances.map(({ service, pid }) => ({ name: service, pid: pid! })),
    send,
    watch: async (onDecided) => {
      watching = await watchDecisions(log, onDecided)
    },
    standing: async (fill) => {
      // Between two batches: a transaction that is open while its process sleeps would be aborted by the broker.
      await untilSettled(log, topology)
      for (const instance of deployment.instances) instance.pause()
      try {
        await fill(sendToLog(log))
      } finally {
        for (const instance of deployment.instances) instance.resume()
      }
      return performance.now()
    },
    settled: async () => {
      const at = await untilSettled(log, topology)
      refuseExits()
      return at
    },
    close,
  }
}
