/** Stages: fresh stages for a partition, over the threads that verify signatures. */
import { VerifyPool } from "@assay/jose/verify-pool"
import type { AnyStage } from "@assay/trust"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { NodePlan } from "../plan.ts"
import { stagesOver, verifies } from "../service.ts"
import { Config } from "./config.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"
import { Stop } from "./stop.ts"

export class Stages extends Context.Service<Stages, (partition: number) => ReadonlyArray<AnyStage>>()("assay/Stages") {}

/** All cores where nothing is set; one idle thread where no stage verifies. */
export const threadsOf = ({ services, verifyThreads }: NodePlan): { readonly size?: number } => {
  if (!verifies(services)) return { size: 1 }
  return verifyThreads === 0 ? {} : { size: verifyThreads }
}

export const stagesLayer = Layer.effect(
  Stages,
  Effect.gen(function* () {
    const plan = yield* Config
    const log = yield* LogPort
    const { release } = yield* Stop
    const pool = yield* Effect.acquireRelease(
      Effect.sync(() => new VerifyPool(threadsOf(plan))),
      (opened) => release("the stages", () => opened.close()),
    )
    for (const { name, routes } of plan.services) if (routes !== undefined) yield* giveRoutes(name, routes(log))
    return stagesOver(plan.services, log, (jobs) => pool.verifyBatch(jobs))
  }),
)
