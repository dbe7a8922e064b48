/**
 * Cohorts: the statistics of classes, computed from what was decided and handed in as signed knowledge. It only reads and appends,
 * so no stage waits for it; whatever becomes of it, the node is ready and judges.
 */
import { publishKnowledge } from "@assay/engine"
import { ConfigurationError, NODE } from "@assay/settings"
import { type KeyOfFile, keyOfFile } from "@assay/signing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { Stop } from "./stop.ts"

/** @throws ConfigurationError that names the setting */
const readKey = (path: string): KeyOfFile => {
  try {
    return keyOfFile(path)
  } catch (cause) {
    throw new ConfigurationError(`${NODE.cohortKey.key}: ${(cause as Error).message}`)
  }
}

export const cohortsLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { cohortKey } = yield* Config
    if (cohortKey === null) return
    const log = yield* LogPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    // Loaded where it is needed: one process of a deployment has it.
    const start = async () =>
      (await import("@assay/cohort")).startCohorts({
        log,
        key: readKey(cohortKey),
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
