/** Verdicts of this stage; that on a message in order is made once per bundle and assurance. */
import type { BundleView } from "@assay/credentials"
import type { Assurance, ReasonCode, Verdict } from "@assay/trust"
import { NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"

/** A verdict under `view`; `detail` is put into JSON. */
export const verdictUnder = (
  view: BundleView | null,
  assurance: Assurance,
  reasons: ReadonlyArray<ReasonCode>,
  detail: Readonly<Record<string, string>> | null,
): Verdict =>
  verdictOf(LOGIC_VERSION, {
    reasons,
    ...(view === null ? {} : { knowledge: view.cited }),
    assurance,
    detail: detail === null ? null : JSON.stringify(detail),
  })

/** The verdict on a message in order. */
export const passOf = sharedVerdicts((view: BundleView, assurance) => verdictUnder(view, assurance, NO_REASONS, null))
