/** The cluster that a run measures on: a broker of its own, or the one that KAFKA_BROKERS names. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts, namedBrokers, startCluster } from "@assay/infra/kafka"
import { kafkaClient } from "@assay/kafka-client"
import { CELLS } from "@assay/log-kafka"
import { ALL_STREAMS } from "@assay/streams"
import type { Process } from "./cpu.ts"
import { settingsOf } from "./target-kafka.ts"

export interface BenchBroker {
  readonly brokers: ReadonlyArray<string>
  /** Of Kafka; null where the broker is not ours. */
  readonly version: string | null
  /** Where it keeps its segments; null where the broker is not ours. */
  readonly dataDir: string | null
  /** For CPU; empty where the broker is not ours, and perhaps on another machine. */
  readonly processes: ReadonlyArray<Process>
  /** Deletes the topics of these prefixes, so that a borrowed cluster is left as it was. */
  forget(prefixes: ReadonlyArray<string>): Promise<void>
  stop(): Promise<void>
}

const PORTS = 2

/** Deletes what there is of these logs. */
export const forgetTopics = async (brokers: ReadonlyArray<string>, prefixes: ReadonlyArray<string>): Promise<void> => {
  const admin = kafkaClient(settingsOf(brokers, "")).admin()
  await admin.connect()
  const present = new Set(await admin.listTopics())
  const topics = prefixes.flatMap((prefix) => [...ALL_STREAMS, CELLS].map((stream) => prefix + stream))
  await admin.deleteTopics({ topics: topics.filter((topic) => present.has(topic)) })
  await admin.disconnect()
}

/** @param heap for the broker's own JVM */
export const benchBroker = async (heap: string, progress: (line: string) => void): Promise<BenchBroker> => {
  const named = namedBrokers()
  if (named.length > 0) {
    return {
      brokers: named,
      version: null,
      dataDir: null,
      processes: [],
      forget: (prefixes) => forgetTopics(named, prefixes),
      stop: async () => undefined,
    }
  }
  const dataDir = mkdtempSync(join(tmpdir(), "assay-bench-kafka-"))
  progress("starting a broker ...")
  const basePort = await freePorts(PORTS)
  const cluster = await startCluster({ dataDir, basePort, heap, tied: true, progress }).catch((cause) => {
    rmSync(dataDir, { recursive: true, force: true })
    throw cause
  })
  return {
    brokers: cluster.brokers,
    version: cluster.version,
    dataDir,
    processes: cluster.nodes.map(({ pid }) => ({ name: "broker", pid: pid! })),
    forget: async () => undefined, // its whole directory goes
    stop: async () => {
      await cluster.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
