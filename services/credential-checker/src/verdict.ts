/** Verdicts of this stage; the common ones are made once. */
import type { BundleView } from "@assay/credentials"
import { type Assurance, outcomeOf, type ReasonCode, type Verdict } from "@assay/trust"

/** Raised with every change of judgement. */
export const LOGIC_VERSION = 1

const NOTHING: ReadonlyArray<never> = []
const passes = new WeakMap<BundleView, Map<Assurance, Verdict>>()

/** A verdict under `view`; `detail` is put into JSON. */
export const verdictOf = (
  view: BundleView | null,
  assurance: Assurance,
  reasons: ReadonlyArray<ReasonCode>,
  detail: Readonly<Record<string, string>> | null,
): Verdict => ({
  outcome: outcomeOf(reasons),
  reasons,
  observed: NOTHING,
  obligations: NOTHING,
  knowledge: view === null ? NOTHING : view.cited,
  assurance,
  logic: LOGIC_VERSION,
  detail: detail === null ? null : JSON.stringify(detail),
})

/** The verdict on a message in order: one shared object per bundle and assurance. */
export const passOf = (view: BundleView, assurance: Assurance): Verdict => {
  let known = passes.get(view)
  if (known === undefined) {
    known = new Map()
    passes.set(view, known)
  }
  let verdict = known.get(assurance)
  if (verdict === undefined) {
    verdict = verdictOf(view, assurance, NOTHING, null)
    known.set(assurance, verdict)
  }
  return verdict
}
