/** Decisions that take the place of those on messages which were held. Pure. */
import { reputationOf } from "@assay/detection"
import type { Decision, Origin, TrustState } from "@assay/trust"
import { type AnomalyDraft, heldOf } from "./state.ts"

/** Never `verified`: what was held was never judged as trusted. */
export const superseding = (
  kind: "released" | "revoked",
  origin: Origin,
  trust: TrustState,
  draft: AnomalyDraft,
): Decision => ({
  outcome: kind === "released" ? "annotated" : "quarantined",
  reasons: [kind === "released" ? "anomaly.probation" : "anomaly.device_revoked"],
  trust,
  reputation: reputationOf(draft),
  kind,
  supersedes: origin,
})

/** What is held stays where it is, now marked as never to be released. */
export const withdrawHeld = (
  draft: AnomalyDraft,
  from: TrustState,
): ReadonlyArray<{ readonly origin: Origin; readonly decision: Decision }> =>
  heldOf(draft).origins.map((origin) => ({ origin, decision: superseding("revoked", origin, from, draft) }))
