/** `assay run`: a long-running node, or one service of several. Effect owns its life: start, signals, stop. */

import {
  logLine,
  logProblem,
  type NodeConfiguration,
  readConfiguration,
  readEdge,
  sealDirectory,
  serve,
} from "@assay/node"
import { readRoots } from "@assay/node/roots"
import { readRedisUrl } from "@assay/read-model"
import { ConfigurationError } from "@assay/settings"
import { startTelemetry } from "@assay/telemetry"
import { SERVICE_NAMES, STAGES, type StageName } from "@assay/trust"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, dataDirOf, makeDataDir } from "../data.ts"
import { type HouseOptions, openHouse } from "../house.ts"
import { ROOTS_OPTION } from "../roots.ts"

const NAMES = STAGES.map((stage) => SERVICE_NAMES[stage])

/** @throws UsageError */
const serviceOf = (given: Arguments): StageName | null => {
  const name = given.text("service")
  if (name === null) return null
  const stage = STAGES.find((candidate) => SERVICE_NAMES[candidate] === name)
  if (stage === undefined)
    throw new UsageError(
      `--service is one of ${NAMES.join(", ")}, not ${JSON.stringify(name)}; without it all five run`,
    )
  return stage
}

/** @throws UsageError, ConfigurationError */
const topologyOf = (given: Arguments, config: NodeConfiguration, service: StageName | null) => {
  const text = given.text("topology")
  if (text !== null && text !== "chained" && text !== "staged")
    throw new UsageError(`--topology is chained or staged, not ${JSON.stringify(text)}`)
  if (service === null) return text ?? config.topology
  const chained = text === "chained" || (text === null && process.env["ASSAY_TOPOLOGY"] === "chained")
  if (chained)
    throw new ConfigurationError(
      `--service ${SERVICE_NAMES[service]} with the topology chained: chained has all five stages in one process; leave one of the two out`,
    )
  return "staged"
}

/** @throws UsageError, ConfigurationError, LogSetupError: nothing was started */
const optionsOf = (given: Arguments, config: NodeConfiguration): HouseOptions => {
  const service = serviceOf(given)
  const topology = topologyOf(given, config, service)
  const dir = dataDirOf(given, config)
  const roots = readRoots(given.required("roots"), dir)
  const seals = sealDirectory(config.seal, dir, service === null || service === "integrity") !== null
  const name = service === null ? "assay" : SERVICE_NAMES[service]
  if (config.redisUrl !== null) readRedisUrl(config.redisUrl)
  return {
    dir,
    kafka: config.kafka,
    registry: config.registry ?? null,
    roots,
    topology,
    ...(service === null ? {} : { service }),
    ...(given.text("partitions") === null ? {} : { partitions: given.whole("partitions", 1, 1024) }),
    ...(config.batchRecords === null ? {} : { batchRecords: config.batchRecords }),
    ...(config.lingerMs === null ? {} : { lingerMs: config.lingerMs }),
    stallMs: config.stallMs,
    snapshots: config.snapshots,
    acceptMoved: config.acceptMoved === "true",
    verifyThreads: config.verifyThreads,
    tickMs: config.tickMs,
    seal: seals,
    redisUrl: config.redisUrl,
    telemetry: (metrics, { traits }) =>
      startTelemetry(config.otlpEndpoint, metrics, {
        service: name,
        engine: traits.engine,
        prefix: config.kafka?.prefix ?? "",
      }),
    onProblem: logProblem,
  }
}

const placeOf = ({ dir, kafka }: HouseOptions): string =>
  kafka ? `Kafka at ${kafka.brokers.join(", ")}${dir === null ? "" : `, sealing in ${dir}`}` : `data in ${dir}`

export const run: Command = {
  name: "run",
  summary: "run a node on a data directory, until it is stopped",
  usage: "run [--data DIR] [--roots FILE] [--topology NAME] [--service NAME]",
  details: `With LOG=kafka any number of processes share the log: all five stages in each, or one service in each by --service.
--data is then where the audit log is sealed, in one process; the others go without it.
Settings come from the environment: LOG, KAFKA_BROKERS and the other KAFKA_ keys, ASSAY_STREAM_PREFIX, ASSAY_TOPOLOGY
(chained or staged), ASSAY_HTTP_HOST, ASSAY_HTTP_PORT, ASSAY_HTTP_TOKENS, ASSAY_HTTP_TLS_CERT, _KEY, _CA, _RIGHTS,
ASSAY_QUOTA_PER_SECOND, ASSAY_MAX_BACKLOG, ASSAY_TICK_MS, ASSAY_BATCH_RECORDS, ASSAY_LINGER_MS, ASSAY_VERIFY_THREADS, ASSAY_STALL_MS,
ASSAY_SEAL, REDIS_URL, OTEL_EXPORTER_OTLP_ENDPOINT. docs/guides/configuration.md explains each.`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    partitions: { type: "string", value: "N", help: "partitions of a new data directory (default 4)" },
    topology: { type: "string", value: "NAME", help: "chained or staged, instead of ASSAY_TOPOLOGY" },
    service: { type: "string", value: "NAME", help: `only this one: ${NAMES.join(", ")}` },
  },
  run: async (given, output) => {
    const config = readConfiguration(process.env)
    const options = optionsOf(given, config)
    const { dir, topology, service } = options
    const program = serve({
      config,
      edge: readEdge(config),
      log: logLine,
      open: () => {
        if (dir !== null) makeDataDir(dir) // the last of the checks: a call that is wrong leaves nothing behind
        return openHouse(options)
      },
      onListening: (url, { log }) => {
        const what = service === undefined ? topology : SERVICE_NAMES[service]
        output.result({ url, data: dir, topology, service: service ?? null, partitions: log.partitions }, () =>
          output.say(`assay is ready at ${url} (${what}, ${log.partitions} partitions, ${placeOf(options)})`),
        )
      },
    })
    return new Promise((resolve, reject) => {
      NodeRuntime.runMain(program, {
        disableErrorReporting: true,
        teardown: (exit) => {
          if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) resolve(EXIT.ok)
          else reject(Cause.squash(exit.cause))
        },
      })
    })
  },
}
