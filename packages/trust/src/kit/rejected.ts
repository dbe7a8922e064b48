/** Rejections: the message was never authenticated, so it says nothing about any device. */
import type { ReasonCode } from "../reasons.ts"
import type { Rejected } from "../stage.ts"

/** @param detail what was wrong with this very message, in one sentence for people */
export const rejected = (reason: ReasonCode, detail: string): Rejected => ({ rejection: { reason, detail } })
