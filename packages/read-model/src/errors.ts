/** What can go wrong between us and Redis, by what must be done about it. The log is never touched by any of it. */

import { type ErrorReply, errorReplyOf } from "./reply.ts"

export type ReadModelCode =
  /** Redis does not answer. Go on trying: the model catches up. */
  | "unavailable"
  /** Redis refuses our name or password, or a script of ours. An operator must correct REDIS_URL or the user's ACL. */
  | "refused"
  /** Redis knows us, and does not permit this command. An operator must extend the user's ACL, where it is needed. */
  | "forbidden"
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

/** Who we are, or what we may do, is not as Redis wants it. */
const REFUSED: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH", "NOPERM"])

/**
 * Redis before 6 gives a wrong password no kind of its own, and no version gives one to a script whose user lacks a right, nor to
 * a password where none is set: then the command says what was refused.
 */
const REFUSED_PLAINLY: ReadonlySet<string> = new Set(["auth", "hello", "eval", "evalsha"])

const isRefusal = ({ kind, command }: ErrorReply): boolean =>
  REFUSED.has(kind) || (kind === "ERR" && command !== null && REFUSED_PLAINLY.has(command))

const describe = (cause: Error & { code?: string }): string => cause.message || cause.code || "no reason given"

/** The driver keeps the command with the error, and the command has the password: whoever prints a cause would show it. */
const withoutCommand = (cause: unknown): unknown => {
  if (!(cause instanceof Error) || !("command" in cause)) return cause
  const { name, message, stack } = cause
  return Object.assign(new Error(message), { name, stack })
}

/**
 * A driver's error in our words. `connection` is why the connection is not there, as last seen: the driver itself then only
 * says that nothing can be written. `server` is the address without the password.
 */
export const toReadModelError = (cause: unknown, connection: Error | null, server: string): ReadModelError => {
  if (cause instanceof ReadModelError) return cause
  const given = cause instanceof Error ? cause : new Error(String(cause))
  // What Redis itself replied says more than why the connection before was lost.
  const error = connection !== null && errorReplyOf(given) === null ? connection : given
  const reply = errorReplyOf(error)
  const text = describe(error)
  const kept = withoutCommand(cause)
  if (reply !== null && isRefusal(reply))
    return new ReadModelError(
      reply.kind === "NOPERM" ? "forbidden" : "refused",
      `REDIS_URL: Redis at ${server} refuses us (${text}): correct the user and password there, or the rights of that user`,
      kept,
    )
  if (reply?.kind === "OOM")
    return new ReadModelError(
      "memory",
      `Redis at ${server} is full (${text}): raise its maxmemory; nothing was thrown away, and the model catches up`,
      kept,
    )
  return new ReadModelError("unavailable", `Redis at ${server} does not answer as it should: ${text}`, kept)
}
