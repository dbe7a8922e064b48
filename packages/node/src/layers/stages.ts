/** Stages: fresh stages for a partition, over the threads that verify signatures. */
import { type PoolOptions, VerifyPool } from "@assay/jose/verify-pool"
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
import { Stop } from "./stop.ts"

export class Stages extends Context.Service<Stages, (partition: number) => ReadonlyArray<AnyStage>>()("assay/Stages") {}

/** All cores where nothing is set; one idle thread where no stage verifies. */
export const threadsOf = ({ services, verifyThreads }: NodePlan): { readonly size?: number } => {
  if (!verifies(services)) return { size: 1 }
  return verifyThreads === 0 ? {} : { size: verifyThreads }
}

/** Says it once for all threads that choose alike; nothing where no stage verifies. */
export const sayBackend = (
  emit: Emit,
  { services }: Pick<NodePlan, "services">,
): NonNullable<PoolOptions["onBackend"]> => {
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
    const { release } = yield* Stop
    const { emit } = yield* Events
    const pool = yield* Effect.acquireRelease(
      Effect.sync(
        () => new VerifyPool({ ...threadsOf(plan), backend: plan.verifyBackend, onBackend: sayBackend(emit, plan) }),
      ),
      (opened) => release("the stages", () => opened.close()),
    )
    for (const { name, routes } of plan.services) if (routes !== undefined) yield* giveRoutes(name, routes(log))
    return stagesOver(plan.services, log, (jobs) => pool.verifyBatch(jobs))
  }),
)
