/** Stages: fresh stages for a partition, for runners in this thread, and what the services serve over HTTP. */
import { type InPlaceOptions, keysIn, verifierInPlace } from "@assay/jose/verify"
import type { AnyStage } from "@assay/trust"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Emit } from "../events/event.ts"
import type { NodePlan } from "../plan.ts"
import { stagesOver, verifies } from "../service.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"

export class Stages extends Context.Service<Stages, (partition: number) => ReadonlyArray<AnyStage>>()("assay/Stages") {}

/** Says it once for all threads that choose alike; nothing where no stage verifies. */
export const sayBackend = (
  emit: Emit,
  { services }: Pick<NodePlan, "services">,
): NonNullable<InPlaceOptions["onBackend"]> => {
  const said = new Set<string>()
  return ({ name: backend, problem }) => {
    const text = `${backend} ${problem}`
    if (said.has(text) || !verifies(services)) return
    said.add(text)
    const details = { backend }
    emit(
      problem === null
        ? { code: "verify.backend", message: `Ed25519 is verified by ${backend}`, details }
        : { code: "verify.fallback", message: "Ed25519 is verified by node:crypto", cause: problem, details },
    )
  }
}

export const stagesLayer = Layer.effect(
  Stages,
  Effect.gen(function* () {
    const plan = yield* Config
    const log = yield* LogPort
    const { emit } = yield* Events
    for (const { name, routes } of plan.services) if (routes !== undefined) yield* giveRoutes(name, routes(log))
    const verify = verifierInPlace({
      backend: plan.verifyBackend,
      keys: keysIn(plan.keyBytes),
      onBackend: sayBackend(emit, plan),
    })
    return stagesOver(plan.services, log, async (jobs) => verify(jobs))
  }),
)
