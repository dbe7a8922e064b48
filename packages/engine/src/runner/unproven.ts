/** What is counted for the objective that nothing stands on `verified` unproven. */
import { type AssayedMessage, STAGES } from "@assay/trust"

/**
 * Whether a message is decided as verified without five passes of a trusted device. Read from the verdicts themselves, and
 * not by the function that decides: an objective that is measured by what it measures says nothing.
 */
export const isUnproven = ({ decision, verdicts }: Pick<AssayedMessage, "decision" | "verdicts">): boolean => {
  if (decision?.outcome !== "verified") return false
  if (decision.trust !== "trusted") return true
  for (let place = 0; place < STAGES.length; place++) if (verdicts[STAGES[place]!]?.outcome !== "pass") return true
  return false
}
