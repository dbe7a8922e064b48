/** A node inside a program: tests, measurements and the demo open it, use it, and close it. */
import type { Route } from "@assay/ingress"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { SlowStopError } from "./errors.ts"
import { EVENT_CODES } from "./events/codes.ts"
import type { NodeEvent } from "./events/event.ts"
import { configLayer } from "./layers/config.ts"
import { eventsLayer } from "./layers/events.ts"
import { Ingress, ingressLayer } from "./layers/ingress.ts"
import { Node, type NodeParts, nodeLayer } from "./layers/node.ts"
import { Routes } from "./layers/routes.ts"
import { stopLayer } from "./layers/stop.ts"
import { type OpenOptions, planFromOptions } from "./options.ts"
import type { ServiceDefinition } from "./service.ts"

export interface OpenNode extends NodeParts {
  /** Where it serves HTTP; null where it does not. */
  readonly url: string | null
  /** What it serves, given by its parts. */
  readonly routes: ReadonlyArray<Route>
  /** Finishes the batches in hand, seals, closes the log. Rejects with what failed first. */
  close(): Promise<void>
}

/** A program has time: what it closes may have much to seal. */
const STOP_MS = 300_000

/**
 * Opens or creates what is needed, restores every state, and starts to judge.
 * @param services those that run here: all five, or one (staged)
 * @throws DataDirError, LogSetupError, ConfigurationError: nothing stays open
 */
export const openNode = async (services: ReadonlyArray<ServiceDefinition>, options: OpenOptions): Promise<OpenNode> => {
  let isLate = false
  const { onProblem } = options
  const write = ({ code, message, cause }: NodeEvent): void => {
    if (cause !== undefined && EVENT_CODES[code].level !== "info") onProblem?.(message, cause)
  }
  const layer = ingressLayer.pipe(
    Layer.provideMerge(nodeLayer),
    Layer.provideMerge(configLayer(planFromOptions(services, options))),
    Layer.provideMerge(stopLayer(STOP_MS, () => (isLate = true))),
    Layer.provideMerge(eventsLayer(write)),
  )
  const scope = await Effect.runPromise(Scope.make())
  const close = async (exit: Exit.Exit<unknown, unknown>): Promise<void> => {
    const closed = await Effect.runPromiseExit(Scope.close(scope, exit))
    if (Exit.isFailure(closed)) throw Cause.squash(closed.cause)
    if (isLate) throw new SlowStopError({ message: `the node did not stop within ${STOP_MS / 1000} seconds` })
  }
  const opened = await Effect.runPromiseExit(Layer.buildWithScope(layer, scope))
  if (Exit.isFailure(opened)) {
    const cause = Cause.squash(opened.cause)
    await close(opened).catch((another) => onProblem?.("closing after a failed start", another))
    throw cause
  }
  let closing: Promise<void> | null = null
  return {
    ...Context.get(opened.value, Node),
    ...Context.get(opened.value, Ingress),
    routes: Context.get(opened.value, Routes).all(),
    close: () => {
      closing ??= close(Exit.void)
      return closing
    },
  }
}
