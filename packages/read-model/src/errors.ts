/** What can go wrong between us and Redis, by what must be done about it. The log is never touched by any of it. */

export type ReadModelCode =
  /** Redis does not answer. Go on trying: the model catches up. */
  | "unavailable"
  /** Redis refuses our name, password or rights. An operator must correct REDIS_URL or the user's ACL. */
  | "refused"
  /** A key of ours holds somebody else's data. It is left as it is; an operator must look. */
  | "foreign"
  /** Redis is full, or may throw devices away by itself. An operator must give it memory, or `noeviction`. */
  | "memory"
  /** Another rebuild is at work. */
  | "busy"
  /** A rebuild lost what it had built (Redis was emptied, or its lease ran out). Start it again. */
  | "interrupted"

export class ReadModelError extends Error {
  readonly _tag = "ReadModelError"
  override readonly name = "ReadModelError"
  readonly code: ReadModelCode

  constructor(code: ReadModelCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }
}

const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH|ERR The user executing the script can't)/i

const describe = (cause: Error & { code?: string }): string => cause.message || cause.code || "no reason given"

/**
 * A driver's error in our words. `connection` is why the connection is not there, as last seen: the driver itself then only
 * says that nothing can be written. `server` is the address without the password.
 */
export const toReadModelError = (cause: unknown, connection: Error | null, server: string): ReadModelError => {
  if (cause instanceof ReadModelError) return cause
  const given = cause instanceof Error ? cause : new Error(String(cause))
  const unsent = connection !== null && !/^[A-Z]+ /.test(given.message)
  const error = unsent ? connection : given
  const text = describe(error)
  if (REFUSED.test(text))
    return new ReadModelError(
      "refused",
      `REDIS_URL: Redis at ${server} refuses us (${text}): correct the user and password there, or the rights of that user`,
      cause,
    )
  if (text.startsWith("OOM"))
    return new ReadModelError(
      "memory",
      `Redis at ${server} is full (${text}): raise its maxmemory; nothing was thrown away, and the model catches up`,
      cause,
    )
  return new ReadModelError("unavailable", `Redis at ${server} does not answer as it should: ${text}`, cause)
}
