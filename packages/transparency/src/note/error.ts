export type NoteErrorCode = "vkey" | "note" | "signature" | "checkpoint" | "proof" | "policy"

/**
 * A text of the log cannot be trusted. Giving up on it is the caller's only choice.
 *
 * - `vkey`: not a verifier key
 * - `note`: not a signed note
 * - `signature`: no signature of the key, or a wrong one
 * - `policy`: not a policy of logs and witnesses
 * - `checkpoint`, `proof`: the text is signed or framed well, but is not one of these
 */
export class NoteError extends Error {
  override readonly name = "NoteError"
  readonly code: NoteErrorCode
  constructor(code: NoteErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
