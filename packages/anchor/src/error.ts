export type AnchorErrorCode = "log" | "chain" | "contract" | "key" | "evidence" | "state"

/**
 * What is wrong with an anchor, and whose duty it is.
 *
 * - `log`: the anchor log cannot go on: its directory does not fit its checkpoint. Restore the directory
 * - `chain`, `contract`, `key`: what was configured is not there, or is another's. Correct the configuration
 * - `state`: the adapter's own file cannot be read. Restore it, or remove it: the contract says what is anchored
 * - `evidence`: the evidence proves nothing. Giving up on it is the caller's only choice
 */
export class AnchorError extends Error {
  readonly _tag = "AnchorError"
  override readonly name = "AnchorError"
  readonly code: AnchorErrorCode
  constructor(code: AnchorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
