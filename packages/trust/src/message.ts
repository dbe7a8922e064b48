/**
 * A message's way through the stages: what a device sent, what it says, and what the stages found. The shapes are those
 * of the records in `schemas/avsc`, from which `generated/records.ts` is made. Only the engine adds to a message; to a
 * stage it is read-only.
 */
export {
  ACTIONS,
  type Action,
  ALGORITHMS,
  type Algorithm,
  type AssayedMessage,
  type Claims,
  type Envelope,
  type EvidenceClaims,
  type FirmwareClaim,
  type MessageClaims,
  type Origin,
  type PresentationClaims,
  type Reading,
  type Subject,
  type Verdicts,
} from "./generated/records.ts"
export { MESSAGE_TYPES } from "./words.ts"
