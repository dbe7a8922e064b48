/** Name patterns: an exact name, or a prefix with a trailing `*` that matches any rest. No other wildcard exists. */

/** Whether `name` lies within `pattern`. */
export const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** Whether everything that `inner` matches, `outer` matches too. */
export const encloses = (outer: string, inner: string): boolean =>
  outer.endsWith("*")
    ? (inner.endsWith("*") ? inner.slice(0, -1) : inner).startsWith(outer.slice(0, -1))
    : inner === outer

/** Whether one of `outers` encloses `inner`. */
export const enclosedByAny = (outers: ReadonlyArray<string>, inner: string): boolean =>
  outers.some((outer) => encloses(outer, inner))
