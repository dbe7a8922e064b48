/** Operators: what hands their signed commands and items of knowledge in. Whether one counts is decided in the log. */
import { controlRoute, knowledgeRoutes } from "@assay/ingress"
import type { RootSet } from "@assay/trust"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Judging } from "../judging/judging.ts"
import { Config } from "./config.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"
import { Runners } from "./runners.ts"

/** The knowledge in force in one of the partitions that this process judges; it is the same in each, but for a moment. */
const authorityOf = (node: Judging, pinned: RootSet) => () => {
  const [runner] = node.runners()
  if (runner === undefined) return null
  const { roots, bundle, items } = runner.knowledge
  return { roots: roots ?? pinned, bundle, items }
}

export const operatorsLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const log = yield* LogPort
    const node = yield* Runners
    const { roots } = yield* Config
    yield* giveRoutes("operators", [controlRoute(log), ...knowledgeRoutes(log, authorityOf(node, roots))])
  }),
)
