/** Rejections: the message was never authenticated, so it says nothing about any device. */
import type { ReasonCode } from "../reasons.ts"
import type { Rejected } from "../stage.ts"

/**
 * @param detail what was wrong with this very message, in one sentence for people
 * @param signed whether the signature of its `iss` holds
 */
export const rejected = (reason: ReasonCode, detail: string, signed = false): Rejected => ({
  rejection: { reason, detail, signed },
})
