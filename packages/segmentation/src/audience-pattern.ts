/**
 * Audiences and their patterns. A pattern is exact, or a prefix that ends with `/*` and matches everything below that
 * slash. Where several match, an exact one wins, then the longest prefix: the order of the file plays no part.
 */

/** Longer audiences lie in no zone. */
export const MAX_AUDIENCE = 512

/**
 * Whether an audience is written in the one way that patterns compare with. `https://plant.example/a/../safety/x` lies
 * under `/a/` by its letters and in `/safety/` by its meaning, so anything that a receiver might rewrite (dot segments,
 * empty segments, path parameters, escapes, queries, fragments, backslashes, non-ASCII) lies in no zone.
 */
export const isPlainAudience = (audience: string): boolean =>
  audience.length <= MAX_AUDIENCE && PLAIN.test(audience) && !DOT_SEGMENT.test(audience)

// scheme, optional `//`, then segments that are never empty (one empty one at the end is a trailing slash)
const PLAIN = /^[a-z][a-z0-9+.-]*:(?:\/\/)?(?:[A-Za-z0-9._~:@!$&'()+,=-]+\/)*[A-Za-z0-9._~:@!$&'()+,=-]*$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/

/** Whether a text is a pattern that some plain audience can match, and narrower than a whole scheme. */
export const isPattern = (text: string): boolean => {
  const plain = prefixOf(text) ?? text
  return isPlainAudience(plain) && !plain.endsWith("//") && !plain.endsWith(":")
}

/** The part of a pattern before the `*`, or null for an exact pattern. */
export const prefixOf = (pattern: string): string | null => (pattern.endsWith("/*") ? pattern.slice(0, -1) : null)

/** Whether a pattern matches an audience that is plain. */
export const matches = (pattern: string, audience: string): boolean => {
  const prefix = prefixOf(pattern)
  return prefix === null ? pattern === audience : audience.startsWith(prefix)
}
