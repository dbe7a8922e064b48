/**
 * A message between the stages as it was read, so that what a stage does not change is passed on without being encoded again
 * (`appendVerdict`, `appendDecision` of `@assay/schemas`).
 */
import { type AssayedMessage, STAGES } from "@assay/trust"

export interface Hop {
  readonly record: Uint8Array
  /** The place of the first stage that has not judged, and after which none has: from it on verdicts may be appended. */
  readonly open: number
}

/**
 * @param message what the record holds
 * @returns null where nothing can be appended: whoever may write between the stages may write messages that no stage leaves so
 */
export const hopOf = (record: Uint8Array, { verdicts, subject, decision }: AssayedMessage): Hop | null => {
  if (decision !== null) return null
  let open: number = STAGES.length
  while (open > 0 && verdicts[STAGES[open - 1]!] === null) open--
  // The subject stands behind the verdict of credential-checker.
  return subject !== null && open <= STAGES.indexOf("credential") ? null : { record, open }
}
