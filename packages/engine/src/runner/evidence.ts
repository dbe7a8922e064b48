/**
 * Puts the signed messages of a proof into its audit event: after judging and before the commit, so that what happens to be
 * kept of an earlier message is in no verdict. A log that does not answer fails the batch, which is then judged again.
 */
import type { Log } from "@assay/log"
import type { AuditEvent, Origin } from "@assay/trust"
import { readSubmitted } from "../order/submitted.ts"

/** A proof that still lacks its messages: `event` stands at this index of the collected events. */
export interface OpenProof {
  readonly event: number
  /** Where the earlier message was submitted. */
  readonly earlier: Origin
  /** The message that was judged, as received. */
  readonly bytes: Uint8Array
}

/** Completes the proofs among `events`, in place. Where the earlier message is not kept, the later one stands alone. */
export const attachEvidence = async (
  log: Log,
  proofs: ReadonlyArray<OpenProof>,
  events: Array<AuditEvent>,
): Promise<void> => {
  for (const { event, earlier, bytes } of proofs) {
    const before = await readSubmitted(log, earlier)
    events[event] = { ...events[event]!, evidence: before === null ? [bytes] : [before, bytes] }
  }
}
