/** One service as its own process: the runners of one stage, with health, metrics and ingress over HTTP, until a signal comes. */

import type { Log } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { startTelemetry } from "@assay/telemetry"
import { type AnyStage, SERVICE_NAMES, type StageName } from "@assay/trust"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { type NodeConfiguration, readConfiguration } from "./config.ts"
import { readEdge } from "./edge.ts"
import { openHost, type Sealing } from "./host.ts"
import { openLog } from "./log/open.ts"
import { readRoots } from "./roots.ts"
import { logLine, logProblem, serve } from "./serve.ts"

export interface ServicePorts {
  readonly log: Log
  /** Closed, in reverse order, after the last batch. */
  readonly onClose: (close: () => Promise<void>) => void
}

export interface Service {
  readonly name: StageName
  /** Makes the stage for a partition. */
  readonly stageOver: (ports: ServicePorts) => (partition: number) => AnyStage
  /** Seals the audit stream in a directory; only integrity-hasher does. */
  readonly startSealing?: (log: Log, dir: string, onProblem: (cause: unknown) => void) => Promise<Sealing>
}

/** Errors that a person corrects and that trying again does not help: exit code 2 everywhere. */
export const isSetupError = (error: unknown): boolean =>
  error instanceof Error && ["ConfigurationError", "DataDirError", "LogSetupError"].includes(error.name)

/**
 * Where this process seals the audit stream, or null for nowhere.
 * @param integrity whether integrity-hasher is among its stages: `auto` seals beside it alone
 * @throws ConfigurationError
 */
export const sealDirectory = (
  seal: NodeConfiguration["seal"],
  dir: string | null,
  integrity: boolean,
): string | null => {
  if (seal === "off" || (seal === "auto" && !integrity)) return null
  if (seal === "on" && dir === null)
    throw new ConfigurationError(
      "ASSAY_SEAL is on, but there is no directory for tiles, salts and the log key: name it with --data or ASSAY_DATA",
    )
  return dir
}

/** What a process is to the brokers: its service, and the sealer where it seals. */
export const rolesOf = (service: string, seals: boolean): ReadonlyArray<string> =>
  seals ? [service, "sealer"] : [service]

/** Exit codes as everywhere: 0 stopped, 2 wrong configuration, 3 broke. */
const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return isSetupError(error) ? 2 : 3
}

const serviceOf = (service: Service, environment: NodeJS.ProcessEnv) => {
  const config = readConfiguration(environment)
  if (environment["ASSAY_TOPOLOGY"] === "chained")
    throw new ConfigurationError(
      "ASSAY_TOPOLOGY is chained: one service alone is always staged; assay run has all five",
    )
  const dir = environment["ASSAY_DATA"] ?? (config.kafka === null ? "data" : null)
  const roots = readRoots(environment["ASSAY_ROOTS"] ?? "roots.json", dir)
  const name = SERVICE_NAMES[service.name]
  const { startSealing } = service
  const tiles = sealDirectory(config.seal, dir, startSealing !== undefined)
  if (tiles !== null && startSealing === undefined)
    throw new ConfigurationError(`ASSAY_SEAL is on, but ${name} has no sealer: integrity-hasher has`)
  const prefix = config.kafka?.prefix ?? ""
  return serve({
    config,
    edge: readEdge(config),
    log: logLine,
    onListening: (url, { log }) => logLine(`${name} listens at ${url} (${log.partitions} partitions)`),
    open: () =>
      openHost({
        openLog: () =>
          openLog(config, dir, {
            roles: rolesOf(name, tiles !== null),
            onProblem: (cause) => logProblem("the log", cause),
          }),
        prefix,
        roots,
        topology: "staged",
        stagesOver: (log, onClose) => {
          const stageFor = service.stageOver({ log, onClose })
          return (partition) => [stageFor(partition)]
        },
        ...(config.batchRecords === null ? {} : { batchRecords: config.batchRecords }),
        ...(config.lingerMs === null ? {} : { lingerMs: config.lingerMs }),
        stallMs: config.stallMs,
        snapshots: config.snapshots,
        acceptMoved: config.acceptMoved === "true",
        tickMs: config.tickMs,
        telemetry: (metrics, log) =>
          startTelemetry(config.otlpEndpoint, metrics, { service: name, engine: log.traits.engine, prefix }),
        sealing:
          tiles === null || startSealing === undefined ? null : (log, onProblem) => startSealing(log, tiles, onProblem),
        onProblem: logProblem,
      }),
  })
}

/**
 * Runs one stage with the pinned roots of ASSAY_ROOTS: on Kafka beside any number of others, which share the partitions; on
 * the embedded log of ASSAY_DATA, which has one writer process, alone (`assay run` hosts all five at once).
 */
export const runService = (service: Service): void => {
  try {
    NodeRuntime.runMain(serviceOf(service, process.env), {
      disableErrorReporting: true,
      teardown: (exit, onExit) => onExit(exitCodeOf(exit)),
    })
  } catch (cause) {
    process.exitCode = exitCodeOf(Exit.die(cause))
  }
}
