/** Errors of plain code as Effect sees them: tagged ones are expected, and have an exit code; anything else is our fault. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** An error that names itself; `exitCodeOf` in @assay/settings knows what it means for the process. */
export interface TaggedError extends Error {
  readonly _tag: string
}

/** Nothing can listen where the configuration says. Free the port or choose another one. */
export class PortTakenError extends Data.TaggedError("PortTakenError")<{ readonly message: string }> {}

/** Something did not stop within its time, and was abandoned. Nothing is lost: it is as if the process were killed. */
export class SlowStopError extends Data.TaggedError("SlowStopError")<{ readonly message: string }> {}

const isTagged = (cause: unknown): cause is TaggedError =>
  cause instanceof Error && "_tag" in cause && typeof cause._tag === "string"

/** Runs plain code. Its tagged errors become failures; anything else is a defect. */
export const attempt = <A>(start: () => Promise<A>): Effect.Effect<A, TaggedError> =>
  Effect.tryPromise({ try: start, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (isTagged(cause) ? Effect.fail(cause) : Effect.die(cause))),
  )
