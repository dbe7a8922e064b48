/** `?wait=SECONDS` of a call that hands in messages: the answer then says what became of them. */
import { ForbiddenError, type Log, UnavailableError } from "@assay/log"
import type { Origin } from "@assay/trust"
import { type DecidedMessage, type DecisionEnds, decisionEnds, decisionsOf } from "../core/decisions.ts"
import { RequestError } from "./request.ts"

/** Below the five minutes after which common clients and proxies give up on an answer. */
const MAX_WAIT_S = 240
/** Calls that wait at once: each reads the streams of decisions for itself. One more is answered without waiting. */
const MAX_WAITING = 64

/** Begun before anything is handed over. */
export interface Waiting {
  /** In the order of the origins; null for a message that is not decided in time. */
  decided(origins: ReadonlyArray<Origin>): Promise<ReadonlyArray<DecidedMessage | null>>
  end(): void
}

/** @returns null where the call asks for none @throws RequestError where it is no number of seconds */
const secondsOf = (url: URL): number | null => {
  const text = url.searchParams.get("wait")
  if (text === null) return null
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= MAX_WAIT_S) return seconds
  throw new RequestError(400, "http.wait", `wait takes a whole number of seconds from 1 to ${MAX_WAIT_S}`)
}

const endsBefore = async (log: Log): Promise<DecisionEnds> => {
  try {
    return await decisionEnds(log)
  } catch (cause) {
    if (!(cause instanceof ForbiddenError)) throw cause
    throw new RequestError(
      400,
      "http.wait",
      "this node's principal may not read decisions: call without wait, or a node that has the role operator; nothing was taken",
    )
  }
}

/** Of one server. */
export class Waits {
  readonly #log: Log
  #waiting = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns null where the call does not wait. @throws RequestError: nothing was handed over */
  async begin(url: URL): Promise<Waiting | null> {
    const seconds = secondsOf(url)
    if (seconds === null) return null
    if (this.#waiting >= MAX_WAITING)
      return { decided: async (origins) => origins.map(() => null), end: () => undefined }
    this.#waiting += 1
    const end = (): void => {
      this.#waiting -= 1
    }
    try {
      const ends = await endsBefore(this.#log)
      const decided = (origins: ReadonlyArray<Origin>) =>
        decisionsOf(this.#log, ends, origins, AbortSignal.timeout(seconds * 1_000)).catch((cause: unknown) => {
          // They are durable, whatever can be read now: that is the answer.
          if (cause instanceof UnavailableError) return origins.map(() => null)
          throw cause
        })
      return { decided, end }
    } catch (cause) {
      end()
      throw cause
    }
  }
}
