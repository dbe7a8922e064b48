/** Operators: what hands their signed commands and items of knowledge in. Whether one counts is decided in the log. */
import { controlRoute, knowledgeRoutes } from "@assay/ingress"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"

export const operatorsLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const log = yield* LogPort
    yield* giveRoutes("operators", [controlRoute(log), ...knowledgeRoutes(log)])
  }),
)
