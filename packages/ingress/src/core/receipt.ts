/** What the sender of a message may hear of it. Reasons, trust and limits would guide a thief: they are for those who may explain. */
import type { Outcome } from "@assay/trust"

/** `taken`: verified or annotated. `held`: anything else. */
export type Receipt = "taken" | "held"

export const receiptFor = (outcome: Outcome): Receipt =>
  outcome === "verified" || outcome === "annotated" ? "taken" : "held"
