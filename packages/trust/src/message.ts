/**
 * A message's way through the stages: what a device sent, what it says, and what the stages found. The shapes are those
 * of the records in `schemas/avsc`, from which `generated/records.ts` is made.
 */
import type { AssayedMessage as Recorded, Verdicts as RecordedVerdicts } from "./generated/records.ts"

export {
  ACTIONS,
  type Action,
  ALGORITHMS,
  type Algorithm,
  type Claims,
  type Envelope,
  type FirmwareClaim,
  type Origin,
  type Reading,
  type Subject,
} from "./generated/records.ts"
export { MESSAGE_TYPES, type MessageType } from "./words.ts"

type Writable<Shape> = { -readonly [Member in keyof Shape]: Shape[Member] }

/** The runner fills them, stage by stage. */
export type Verdicts = Writable<RecordedVerdicts>

type Enriched = "claims" | "readings" | "subject" | "decision"

/**
 * A message with all that is known of it. identity-resolver fills claims and readings, credential-checker the subject,
 * and the runner verdicts and decision; everything else is read-only.
 */
export interface AssayedMessage extends Omit<Recorded, Enriched | "verdicts">, Writable<Pick<Recorded, Enriched>> {
  readonly verdicts: Verdicts
}
