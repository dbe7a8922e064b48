/** What one process runs, decided before anything is opened: from the environment and a call, or from options in a program. */
import type { ReadingsWanted, RowFormat } from "@assay/egress/readings"
import type { BatchDone, Topology } from "@assay/engine"
import type { WantedBackend } from "@assay/jose/verify"
import { readRedisUrl } from "@assay/read-model/settings"
import { COMMAND, ConfigurationError, DEFAULT_DATA_DIR, didYouMean, EGRESS, NODE } from "@assay/settings"
import { type Environment, readSettings } from "@assay/settings/read"
import { checkKeyReference, type Signer } from "@assay/signing"
import { type RootSet, STAGES } from "@assay/trust"
import type * as Redacted from "effect/Redacted"
import { type NodeConfiguration, readConfiguration } from "./config.ts"
import { type HttpPlan, readHttp } from "./http.ts"
import type { LogConfiguration } from "./log/config.ts"
import { readRoots } from "./roots.ts"
import type { SealingSettings } from "./sealing.ts"
import type { ServiceDefinition, StartSealing } from "./service.ts"
import { readSinks, type SinkPlan } from "./sinks.ts"
import { readWitnesses } from "./witnesses.ts"

type HttpConfiguration = Pick<NodeConfiguration, "httpHost" | "httpPort" | "quotaPerSecond" | "maxBacklog">

export interface NodePlan {
  /** `assay`, or the one service; in log lines and telemetry. */
  readonly name: string
  /** The services that run here, one or all. */
  readonly services: ReadonlyArray<ServiceDefinition>
  readonly roots: RootSet
  readonly topology: Topology
  readonly log: LogConfiguration
  /** Of the embedded log, and of what the sealer keeps; null (Kafka only) where there is neither. */
  readonly dir: string | null
  /** For a new data directory; null: the log's default. */
  readonly partitions: number | null
  /** Null: the engine's. */
  readonly batchRecords: number | null
  readonly lingerMs: number | null
  readonly stallMs: number
  readonly snapshots: string | null
  readonly acceptMoved: boolean
  /** Whether a log whose time is ahead of the clock is gone on with. */
  readonly acceptTime: boolean
  /** Threads that judge, beside one that seals; 0: the main thread does both, null: one for each core where messages are verified, one elsewhere. */
  readonly workers: number | null
  /** Of Ed25519, in every thread. */
  readonly verifyBackend: WantedBackend
  /** Of imported keys, in all threads together. */
  readonly keyBytes: number
  /** 0: no ticks of its own. */
  readonly tickMs: number
  /** Null leaves the audit stream unsealed here. */
  readonly sealing: {
    readonly settings: SealingSettings
    readonly roles: ReadonlyArray<string>
    readonly start: StartSealing
    /** Which of the services it is of: the thread that seals loads it there. */
    readonly service: Pick<ServiceDefinition, "name" | "module">
  } | null
  readonly redisUrl: Redacted.Redacted | null
  /** Refers to the aggregator's key; null: this process computes no statistics of classes. */
  readonly cohortKey: string | null
  /** Sign challenges, and endorsements of enrolled hardware, or refer to the keys that do; null: this process makes none. */
  readonly challenger: string | Signer | null
  readonly endorser: string | Signer | null
  /** Signs the passports that this process issues, or refers to the key that does; null: it issues none. */
  readonly passportKey: string | Signer | null
  /** Where the epochs before the log are, as ASSAY_PASSPORT_FORMER says; null: where the log says. */
  readonly passportFormer: string | null
  /** What takes decisions out, each with a consumer group of its own. */
  readonly sinks: ReadonlyArray<SinkPlan>
  /** What rows of readings are made of, and how they are written; null: this process makes none. */
  readonly readings: { readonly wanted: ReadingsWanted; readonly format: RowFormat } | null
  /** Null: no metrics of the process, nothing sent. */
  readonly telemetry: { readonly endpoint: string | null } | null
  /** Null: nothing is served. */
  readonly http: { readonly config: HttpConfiguration; readonly plan: HttpPlan } | null
  readonly onBatch: ((done: BatchDone) => void) | null
}

/** A key and the one whose place it takes; two more for a rotation that was cut short. */
const MAX_LOG_KEYS = 4

/** What stands on the command line. All may be left out. */
export interface NodeCall {
  /** Only this one of the services. */
  readonly service?: string | null
  readonly topology?: string | null
  readonly data?: string | null
  readonly roots?: string
  readonly partitions?: number | null
}

/** With `--data` and `--roots` from the environment, for a program that has no command line. */
export const callFromEnvironment = (environment: Environment): NodeCall =>
  readSettings({ data: COMMAND.data, roots: COMMAND.roots }, environment)

/** @throws ConfigurationError */
const hostedBy = (
  services: ReadonlyArray<ServiceDefinition>,
  name: string | null,
): ReadonlyArray<ServiceDefinition> => {
  if (name === null) return services
  const one = services.find((service) => service.name === name)
  if (one !== undefined) return [one]
  const names = services.map((service) => service.name)
  const meant = didYouMean(name, names)
  throw new ConfigurationError(
    `--service is one of ${names.join(", ")}, not ${JSON.stringify(name)}${meant}; without it all of them run`,
  )
}

/** @throws ConfigurationError */
const topologyOf = (hosted: ReadonlyArray<ServiceDefinition>, call: NodeCall, environment: Environment): Topology => {
  const asked = call.topology ?? readSettings({ topology: NODE.topology }, environment).topology
  if (asked !== "chained" && asked !== "staged")
    throw new ConfigurationError(`--topology is chained or staged, not ${JSON.stringify(asked)}`)
  if (hosted.length === STAGES.length) return asked
  const said = call.topology ?? environment[NODE.topology.key]
  if (said !== "chained") return "staged"
  const what = call.service ? `--service ${call.service}` : hosted.map(({ name }) => name).join(", ")
  throw new ConfigurationError(
    `${what} with the topology chained: chained has all five stages in one process; leave one of the two out`,
  )
}

/** @throws ConfigurationError */
const logKeysOf = (text: string | null): ReadonlyArray<string> => {
  const references = text === null ? [] : text.split(",")
  if (references.length > MAX_LOG_KEYS)
    throw new ConfigurationError(`${NODE.logKeys.key} names at most ${MAX_LOG_KEYS} keys, not ${references.length}`)
  for (const reference of references) checkKey(NODE.logKeys.key, reference)
  return references
}

/**
 * Where this process seals the audit stream, and by what. `auto` seals beside the service that has the sealer alone.
 * @throws ConfigurationError
 */
const sealingOf = (
  config: Pick<NodeConfiguration, "seal" | "sealLeaseMs" | "logKeys" | "witnessPolicy" | "witnessIntervalMs">,
  dir: string | null,
  services: ReadonlyArray<ServiceDefinition>,
  hosted: ReadonlyArray<ServiceDefinition>,
): NodePlan["sealing"] => {
  const { seal, sealLeaseMs: leaseMs, logKeys, witnessPolicy, witnessIntervalMs } = config
  const isHere = hosted.some(({ sealer }) => sealer !== undefined)
  if (seal === "off" || (seal === "auto" && !isHere)) return null
  const service = services.find((one) => one.sealer !== undefined)
  if (service?.sealer === undefined)
    throw new ConfigurationError(
      `ASSAY_SEAL is on, but ${hosted.map(({ name }) => name).join(", ")} has no sealer: integrity-hasher has`,
    )
  if (dir !== null) {
    const witnesses = readWitnesses(witnessPolicy, witnessIntervalMs)
    return { ...service.sealer, service, settings: { dir, keys: logKeysOf(logKeys), witnesses, leaseMs } }
  }
  if (seal === "auto") return null
  throw new ConfigurationError(
    "ASSAY_SEAL is on, but there is no directory for tiles, salts and the log key: name it with --data or ASSAY_DATA",
  )
}

/** Reads the reference, and the file that it names; asks no token and no service. @throws ConfigurationError */
const checkKey = (setting: string, reference: string): void => {
  try {
    checkKeyReference(reference)
  } catch (cause) {
    throw new ConfigurationError(`${setting}: ${(cause as Error).message}`)
  }
}

/** @throws ConfigurationError */
const keyIn = (setting: string, reference: string | null): string | null => {
  if (reference !== null) checkKey(setting, reference)
  return reference
}

/**
 * Reads and checks everything; opens nothing.
 * @param services all that the program has; `call.service` may choose one of them
 * @throws ConfigurationError, LogSetupError: either names what is wrong
 */
export const planFromEnvironment = (
  services: ReadonlyArray<ServiceDefinition>,
  environment: Environment,
  call: NodeCall,
): NodePlan => {
  const config = readConfiguration(environment)
  const hosted = hostedBy(services, call.service ?? null)
  const topology = topologyOf(hosted, call, environment)
  const dir = call.data ?? (config.kafka === null ? DEFAULT_DATA_DIR : null)
  const roots = readRoots(call.roots ?? COMMAND.roots.fallback, dir)
  const sealing = sealingOf(config, dir, services, hosted)
  if (config.redisUrl !== null) readRedisUrl(config.redisUrl)
  return {
    name: hosted.length === STAGES.length ? "assay" : hosted.map(({ name }) => name).join("+"),
    services: hosted,
    roots,
    topology,
    log: {
      kafka: config.kafka,
      registry: config.registry ?? null,
      ...(config.warning === undefined ? {} : { warning: config.warning }),
    },
    dir,
    partitions: call.partitions ?? null,
    batchRecords: config.batchRecords,
    lingerMs: config.lingerMs,
    stallMs: config.stallMs,
    snapshots: config.snapshots,
    acceptMoved: config.acceptMoved === "true",
    acceptTime: config.acceptTime === "true",
    workers: config.workers,
    verifyBackend: config.verifyBackend,
    keyBytes: config.keyBytes,
    tickMs: config.tickMs,
    sealing,
    redisUrl: config.redisUrl,
    cohortKey: keyIn(NODE.cohortKey.key, config.cohortKey),
    passportKey: keyIn(EGRESS.passportKey.key, config.passportKey),
    passportFormer: config.passportFormer,
    challenger: keyIn(NODE.challengeKey.key, config.challengeKey),
    endorser: keyIn(NODE.enrolmentKey.key, config.enrolmentKey),
    sinks: readSinks(config.sinks),
    readings: config.readings === "off" ? null : { wanted: config.readings, format: config.readingsFormat },
    telemetry: { endpoint: config.otlpEndpoint },
    http: { config, plan: readHttp(config) },
    onBatch: null,
  }
}
