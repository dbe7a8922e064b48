/** base64url without padding (RFC 4648 section 5), canonical only: one byte string has exactly one text. */

/** The text of `bytes`, without padding. */
export const encodeBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url")

/**
 * The bytes of `text`, or null where it is not canonical: padding, whitespace, a foreign letter, an impossible length
 * or leftover bits that are not zero. Decoding is lenient underneath, so re-encoding must give the same text.
 */
export const decodeBase64url = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? bytes : null
}
