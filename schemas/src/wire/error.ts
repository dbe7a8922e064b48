export type WireErrorCode = "not-wire-format" | "unknown-schema" | "truncated"

/**
 * The bytes are not a record of the expected schema. Giving up on the record is the caller's only choice.
 *
 * - `not-wire-format`: no Confluent header, or a body that no Avro writer of the schema makes
 * - `unknown-schema`: a header with an id that this reader does not read
 * - `truncated`: the bytes end before the body does
 */
export class WireError extends Error {
  override readonly name = "WireError"
  readonly code: WireErrorCode
  constructor(code: WireErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
