export type SealerErrorCode = "fenced" | "diverged"

/**
 * The sealer must stop; retrying does not help.
 *
 * - `fenced`: another sealer moved the log's row. Stop this one: two writers would fork the log.
 * - `diverged`: row, directory and position do not belong together (a restored or altered directory). An operator must
 *   look; the log is left untouched.
 */
export class SealerError extends Error {
  readonly _tag = "SealerError"
  override readonly name = "SealerError"
  readonly code: SealerErrorCode
  constructor(code: SealerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
