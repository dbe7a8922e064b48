/** Verdicts of this stage; that on a message in order is made once per ground and assurance. */
import type { Ground } from "@assay/credentials"
import type { Assurance, ReasonCode, Verdict } from "@assay/trust"
import { NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"

/** A verdict that rests on `ground`; `detail` is put into JSON. */
export const verdictUnder = (
  ground: Ground | null,
  assurance: Assurance,
  reasons: ReadonlyArray<ReasonCode>,
  detail: Readonly<Record<string, string>> | null,
): Verdict =>
  verdictOf(LOGIC_VERSION, {
    reasons,
    ...(ground === null ? {} : { knowledge: ground.cited }),
    assurance,
    detail: detail === null ? null : JSON.stringify(detail),
  })

/** The verdict on a message in order. */
export const passOf = sharedVerdicts((ground: Ground, assurance) => verdictUnder(ground, assurance, NO_REASONS, null))
