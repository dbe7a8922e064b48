/** Challenges and enrolment: routes that sign, beside the runners. No stage waits for them, and what they sign is judged like all else. */
import { enrolmentRoutes } from "@assay/ingress"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Config } from "./config.ts"
import { openKey } from "./key.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"

export const enrolmentLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { challenger, endorser, roots } = yield* Config
    if (challenger === null && endorser === null) return
    const log = yield* LogPort
    // Loaded where it is needed: most processes do neither.
    const { openEnrolment } = yield* Effect.promise(() => import("@assay/enrolment"))
    const keys = {
      challenger: challenger === null ? null : yield* openKey(challenger, "the key of challenges"),
      endorser: endorser === null ? null : yield* openKey(endorser, "the key of enrolment"),
    }
    yield* giveRoutes("enrolment", enrolmentRoutes(openEnrolment({ log, roots, ...keys })))
  }),
)
