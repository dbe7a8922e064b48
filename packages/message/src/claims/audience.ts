/**
 * Which audiences a message may name. It is compared letter by letter with the names that a credential or a policy grants,
 * so it must be written in the one way that every server reads alike: what one of them would fold (dot segments, empty
 * segments, backslashes, escapes) or cut off (path parameters, RFC 3986, section 3.3) could leave what was granted.
 */

const MAX_AUDIENCE = 512
/** An absolute URI in printable ASCII. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/
const DOT_SEGMENT = /(?:^|[/:])\.{1,2}(?:[/?#]|$)/
/** Behind the scheme, and the two slashes before an authority. */
const EMPTY_SEGMENT = /^[^:]*:(?:\/\/(?!\/)|(?!\/\/))[^?#]*\/\/|^[^:]*:\/\/\//
/** A DID may escape the colon before a port, and nothing else (did:web, section 3.1). */
const ESCAPED_PORT = /^did:[^%]*(?:%3[Aa]\d+[^%]*)?$/

export const AUDIENCE_FORM =
  "aud is not one absolute URI without dot segments, empty segments, path parameters (;), backslashes or escapes (%)"

/** Audiences that were found good: messages name few, again and again. */
const good = new Set<string>()
const MAX_GOOD = 1_024

export const isAudience = (value: unknown): value is string => {
  if (typeof value !== "string") return false
  if (good.has(value)) return true
  if (!isWellWritten(value)) return false
  if (good.size === MAX_GOOD) good.clear()
  good.add(value)
  return true
}

const isWellWritten = (value: string): boolean =>
  value.length <= MAX_AUDIENCE &&
  URI.test(value) &&
  !/[;\\]/.test(value) &&
  !DOT_SEGMENT.test(value) &&
  !EMPTY_SEGMENT.test(value) &&
  (!value.includes("%") || ESCAPED_PORT.test(value))
