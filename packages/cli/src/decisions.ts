/** Decisions on messages that were just handed over, with their origins as people read them. */
import { type DecisionEnds, decisionsOf as decisionsOn } from "@assay/ingress"
import type { Log } from "@assay/log"
import type { Origin, Outcome } from "@assay/trust"
import { formatOrigin } from "./origin.ts"

export { DECISION_STREAMS as WATCHED, decisionEnds } from "@assay/ingress"

export interface Decided {
  readonly origin: string
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
}

/** As `decisionsOf` of @assay/ingress. */
export const decisionsOf = async (
  log: Log,
  ends: DecisionEnds,
  origins: ReadonlyArray<Origin>,
  signal: AbortSignal,
  progress: (decided: number) => void,
): Promise<ReadonlyArray<Decided | null>> => {
  const found = await decisionsOn(log, ends, origins, signal, progress)
  return found.map((one) => (one === null ? null : { ...one, origin: formatOrigin(one.origin) }))
}
