/** How a program opens a node inside itself: a test, a measurement, the demo. */
import type { BatchDone, Topology } from "@assay/engine"
import { accessFor } from "@assay/ingress"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { HTTP, NODE } from "@assay/settings"
import type { RootSet } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import type { NodePlan } from "./plan.ts"
import type { ServiceDefinition } from "./service.ts"
import type { SinkPlan } from "./sinks.ts"

export interface OpenOptions {
  readonly roots: RootSet
  readonly topology: Topology
  /** Of the embedded log, and of what the sealer keeps; null (Kafka only) where there is neither. */
  readonly dir: string | null
  /** Null or left out: the embedded log. */
  readonly kafka?: KafkaSettings | null
  /** For a new data directory. */
  readonly partitions?: number
  readonly batchRecords?: number
  readonly lingerMs?: number
  readonly stallMs?: number
  readonly snapshots?: string | null
  readonly acceptMoved?: boolean
  readonly acceptTime?: boolean
  /** Threads that judge, beside one that seals; 0 or left out: the thread of the program does both. Null: one for each core where identity-resolver runs, else one. */
  readonly workers?: number | null
  readonly verifyBackend?: NodePlan["verifyBackend"]
  readonly keyBytes?: NodePlan["keyBytes"]
  /** 0: no ticks of its own. */
  readonly tickMs: number
  /** False leaves the audit stream unsealed (measurements of the pipeline alone, other processes on Kafka). */
  readonly seal: boolean
  /** Feeds the shared read model of device trust there; null or left out: there is none. */
  readonly redisUrl?: string | null
  /** Refers to an aggregator's key; null or left out: no statistics of classes are computed. */
  readonly cohortKey?: string | null
  /** Make challenges, and enrol hardware, signed by it or by the key that it refers to; left out: neither. */
  readonly challenger?: NodePlan["challenger"]
  readonly endorser?: NodePlan["endorser"]
  /** Issues passports, signed by it or by the key that it refers to; left out: none. */
  readonly passportKey?: NodePlan["passportKey"]
  /** What takes decisions out. */
  readonly sinks?: ReadonlyArray<SinkPlan>
  /** Makes rows of readings; null or left out: it makes none. */
  readonly readings?: NodePlan["readings"]
  /** Serves HTTP on this port of loopback to every program of the machine; 0 picks a free one. Left out: it serves none. */
  readonly httpPort?: number
  readonly onBatch?: (done: BatchDone) => void
  /** What a node would warn of in its own log. Left out: nobody hears of it. */
  readonly onProblem?: (what: string, cause: unknown) => void
}

const sealingIn = (services: ReadonlyArray<ServiceDefinition>, dir: string | null): NodePlan["sealing"] => {
  const service = services.find((one) => one.sealer !== undefined)
  return service?.sealer === undefined || dir === null
    ? null
    : {
        ...service.sealer,
        service,
        settings: { dir, keys: [], witnesses: null, leaseMs: NODE.sealLeaseMs.fallback },
      }
}

/** With the defaults of the settings. */
const httpOn = (httpPort: number): NodePlan["http"] => {
  const httpHost = HTTP.httpHost.fallback
  const { quotaPerSecond, maxBacklog } = HTTP
  return {
    config: { httpHost, httpPort, quotaPerSecond: quotaPerSecond.fallback, maxBacklog: maxBacklog.fallback },
    plan: { access: accessFor(httpHost, [], []), tls: null, warnings: [] },
  }
}

export const planFromOptions = (services: ReadonlyArray<ServiceDefinition>, options: OpenOptions): NodePlan => ({
  name: "assay",
  services,
  roots: options.roots,
  topology: options.topology,
  log: { kafka: options.kafka ?? null },
  dir: options.dir,
  partitions: options.partitions ?? null,
  batchRecords: options.batchRecords ?? null,
  lingerMs: options.lingerMs ?? null,
  stallMs: options.stallMs ?? NODE.stallMs.fallback,
  snapshots: options.snapshots ?? null,
  acceptMoved: options.acceptMoved ?? false,
  acceptTime: options.acceptTime ?? false,
  workers: options.workers === undefined ? 0 : options.workers,
  verifyBackend: options.verifyBackend ?? NODE.verifyBackend.fallback,
  keyBytes: options.keyBytes ?? NODE.keyBytes.fallback,
  tickMs: options.tickMs,
  sealing: options.seal ? sealingIn(services, options.dir) : null,
  redisUrl: options.redisUrl ? Redacted.make(options.redisUrl) : null,
  cohortKey: options.cohortKey ?? null,
  passportKey: options.passportKey ?? null,
  passportFormer: null,
  challenger: options.challenger ?? null,
  endorser: options.endorser ?? null,
  sinks: options.sinks ?? [],
  readings: options.readings ?? null,
  telemetry: null,
  http: options.httpPort === undefined ? null : httpOn(options.httpPort),
  onBatch: options.onBatch ?? null,
})
