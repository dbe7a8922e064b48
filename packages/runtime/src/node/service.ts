/** One service as its own process: the runners of one stage over a data directory, until a signal comes. */

import { type Log, openEmbedded } from "@assay/log"
import type { AnyStage } from "@assay/trust"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ConfigurationError, readConfiguration } from "./config.ts"
import { startNode } from "./node.ts"
import { readRoots } from "./roots.ts"

export interface ServicePorts {
  readonly log: Log
  /** Closed, in reverse order, after the last batch. */
  readonly onClose: (close: () => Promise<void>) => void
}

/** Exit codes as everywhere: 0 stopped, 2 wrong configuration, 3 broke. */
const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return error instanceof ConfigurationError || (error as Error).name === "DataDirError" ? 2 : 3
}

/**
 * Runs one stage on ASSAY_DATA with the pinned roots of ASSAY_ROOTS. The embedded log has one writer process for a
 * directory, so there the services take turns; `assay run` hosts all five at once.
 * @param stageOver makes the stage for a partition
 */
export const runService = (stageOver: (ports: ServicePorts) => (partition: number) => AnyStage): void => {
  const service = Effect.gen(function* () {
    const dir = process.env["ASSAY_DATA"] ?? "data"
    const config = readConfiguration(process.env)
    const roots = readRoots(process.env["ASSAY_ROOTS"] ?? "roots.json", dir)
    const log = yield* Effect.acquireRelease(
      Effect.promise(() => openEmbedded({ dir })),
      (opened) => Effect.promise(() => opened.close()).pipe(Effect.timeoutOption("10 seconds")),
    )
    const closers: Array<() => Promise<void>> = []
    const stageFor = stageOver({ log, onClose: (close) => closers.push(close) })
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        for (const close of closers.reverse()) await close()
      }).pipe(Effect.timeoutOption("10 seconds")),
    )
    const node = yield* Effect.acquireRelease(
      Effect.promise(() =>
        startNode({
          log,
          roots,
          topology: "staged",
          batchRecords: config.batchRecords,
          stagesFor: (partition) => [stageFor(partition)],
        }),
      ),
      (running) => Effect.promise(() => running.stop()).pipe(Effect.timeoutOption("30 seconds")),
    )
    yield* Effect.tryPromise(() => node.done)
  }).pipe(Effect.scoped)
  NodeRuntime.runMain(service, { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCodeOf(exit)) })
}
