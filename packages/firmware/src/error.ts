/** Why something that a maker published is refused. A code is stable: it may be added, never renamed. */
const FIRMWARE_REASONS = [
  /** It is not of the form that its format asks for. */
  "firmware.malformed",
  /** It is rightly formed, and uses a part of its format that is not supported. */
  "firmware.unsupported",
  /** Nobody whose key was given signed it. */
  "firmware.unsigned",
  /** What was signed names another digest than the bytes have. */
  "firmware.digest_mismatch",
  /** It is for another vendor or class than was asked for. */
  "firmware.other_model",
  /** Fewer keys of a TUF role signed than its threshold. */
  "firmware.tuf_threshold",
  /** TUF metadata has expired. */
  "firmware.tuf_expired",
  /** TUF metadata is older than what was trusted before. */
  "firmware.tuf_rollback",
  /** TUF metadata are of different states of the repository. */
  "firmware.tuf_mixed",
  /** A file of the TUF repository is missing. */
  "firmware.tuf_missing",
] as const
export type FirmwareReason = (typeof FIRMWARE_REASONS)[number]

export class FirmwareError extends Error {
  readonly _tag = "FirmwareError"
  readonly reason: FirmwareReason

  /** @param message for people: what is wrong, where, and what to change */
  constructor(reason: FirmwareReason, message: string) {
    super(message)
    this.reason = reason
  }
}
