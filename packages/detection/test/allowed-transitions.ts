/** Where messages and time may lead from each trust state. */
import type { TrustState } from "@assay/trust"

export const ALLOWED: Readonly<Record<TrustState, ReadonlyArray<TrustState>>> = {
  learning: ["trusted", "watched", "quarantined", "stale"],
  trusted: ["watched", "quarantined", "stale"],
  watched: ["trusted", "quarantined", "stale"],
  quarantined: ["probation"],
  probation: ["trusted", "watched", "quarantined", "stale"],
  stale: ["trusted", "watched", "quarantined"],
  revoked: [],
}
