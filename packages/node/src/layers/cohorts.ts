/**
 * Cohorts: the statistics of classes, computed from what was decided and handed in as signed knowledge. It only reads and appends,
 * so no stage waits for it; whatever becomes of it, the node is ready and judges.
 */
import { publishKnowledge } from "@assay/engine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { openKey } from "./key.ts"
import { LogPort } from "./log.ts"
import { Stop } from "./stop.ts"

export const cohortsLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { cohortKey } = yield* Config
    if (cohortKey === null) return
    const log = yield* LogPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    const key = yield* openKey(cohortKey, "the key of the statistics of classes")
    // Loaded where it is needed: one process of a deployment has it.
    const start = async () =>
      (await import("@assay/cohort")).startCohorts({
        log,
        key,
        publish: async (signed) => {
          await publishKnowledge(log, "cohort", signed)
        },
        onProblem: (message, cause) => emit({ code: "cohorts.problem", message, cause }),
      })
    yield* Effect.acquireRelease(attempt(start), (started) =>
      release("the statistics of classes", () => started.stop()),
    )
  }),
)
