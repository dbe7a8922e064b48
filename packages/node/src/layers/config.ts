/** Config: what this process runs. The last check before anything is opened. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { PortTakenError } from "../errors.ts"
import { portProblem } from "../http.ts"
import type { NodePlan } from "../plan.ts"

export class Config extends Context.Service<Config, NodePlan>()("assay/Config") {}

const refuseTakenPort = Effect.fn("config.port")(function* ({ http }: NodePlan) {
  if (http === null) return
  const problem = yield* Effect.promise(() => portProblem(http.config))
  if (problem !== null) return yield* new PortTakenError({ message: `${problem}; nothing was started` })
})

/** @returns fails with PortTakenError where nothing could be served */
export const configLayer = (plan: NodePlan) => Layer.effect(Config, refuseTakenPort(plan).pipe(Effect.as(plan)))
