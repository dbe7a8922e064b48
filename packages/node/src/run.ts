/** A node as a process: from the environment to the exit code. Effect owns its life: start, signals, stop. */
import { EXIT, type ExitCode, exitCodeOf, processEnvironment } from "@assay/settings"
import type { Environment } from "@assay/settings/read"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { attempt } from "./errors.ts"
import { type Emit, lineOf, type NodeEvent } from "./events/event.ts"
import { configLayer } from "./layers/config.ts"
import { eventsLayer } from "./layers/events.ts"
import { Ingress, ingressLayer } from "./layers/ingress.ts"
import { Node, nodeLayer } from "./layers/node.ts"
import { stopLayer } from "./layers/stop.ts"
import { callFromEnvironment, type NodeCall, type NodePlan, planFromEnvironment } from "./plan.ts"
import type { ServiceDefinition } from "./service.ts"

const STOP_MS = 30_000

export interface RunOptions {
  readonly environment: Environment
  readonly call: NodeCall
  /** The node judges, and takes messages at `url`. */
  readonly onListening?: (listening: Listening) => void
}

export interface Listening {
  readonly url: string
  readonly partitions: number
  readonly plan: NodePlan
}

/** One line of JSON on standard error. */
const writeLine = (service: string, event: NodeEvent): void => {
  process.stderr.write(`${lineOf(service, event, new Date())}\n`)
}

const layersOf = (plan: NodePlan, write: Emit, onLate: () => void) =>
  ingressLayer.pipe(
    Layer.provideMerge(nodeLayer),
    Layer.provideMerge(configLayer(plan)),
    Layer.provideMerge(stopLayer(STOP_MS, onLate)),
    Layer.provideMerge(eventsLayer(write)),
  )

/** Ends only when a runner gives up for good, or another process has the data directory: it then fails with the cause. A signal interrupts it. */
const judging = Effect.fn("node.run")(function* (plan: NodePlan, onListening: RunOptions["onListening"]) {
  const { ended, log } = yield* Node
  const { url } = yield* Ingress
  if (url !== null) onListening?.({ url, partitions: log.partitions, plan })
  yield* attempt(() => ended)
})

/**
 * Runs until a signal comes. Of these services it runs all, or the one that the call names.
 * @returns 0 where it was stopped, 3 where something did not stop in time
 * @throws what kept it from starting, or what broke; `exitCodeOf` says the exit code
 */
export const runNode = async (
  services: ReadonlyArray<ServiceDefinition>,
  { environment, call, onListening }: RunOptions,
): Promise<ExitCode> => {
  const plan = planFromEnvironment(services, environment, call)
  let isLate = false
  const write: Emit = (event) => writeLine(plan.name, event)
  const program = judging(plan, onListening).pipe(Effect.provide(layersOf(plan, write, () => (isLate = true))))
  return new Promise((resolve, reject) => {
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit) => {
        const isStopped = Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
        if (!isStopped) return reject(Cause.squash(exit.cause))
        const code = isLate ? EXIT.broken : EXIT.ok
        write({ code: "node.stopped", message: "stopped", details: { exit: code } })
        resolve(code)
      },
    })
  })
}

/**
 * A service as a process of its own, with everything from the environment: on Kafka beside any number of others, which share
 * the partitions; on the embedded log of ASSAY_DATA, which has one writer process, alone. Ends the process.
 */
export const runService = async (service: ServiceDefinition): Promise<void> => {
  process.exit(await exitCodeOfService(service))
}

const exitCodeOfService = async (service: ServiceDefinition): Promise<ExitCode> => {
  try {
    const environment = processEnvironment()
    return await runNode([service], { environment, call: callFromEnvironment(environment) })
  } catch (cause) {
    const exit = exitCodeOf(cause)
    writeLine(service.name, { code: "node.failed", message: "the service ends", cause, details: { exit } })
    return exit
  }
}
