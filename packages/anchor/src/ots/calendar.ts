/** Calendars of OpenTimestamps: they collect digests and put the root over many into one transaction of Bitcoin. */

import { callProblem, wholeAnswer } from "@assay/calls"
import { AnchorError } from "../error.ts"
import { parseTimestamp, type Timestamp } from "./timestamp.ts"

const BOUNDS = { timeoutMs: 10_000, maxBytes: 64 << 10 }
const ACCEPT = { accept: "application/vnd.opentimestamps.v1" }

/** A calendar did not answer, or with something else: try again. */
export class CalendarError extends Error {
  override readonly name = "CalendarError"
}

const call = async (url: string, body: Uint8Array | null): Promise<Uint8Array | null> => {
  try {
    const init = { headers: ACCEPT, ...(body === null ? {} : { method: "POST", body: Buffer.from(body) }) }
    const answer = await wholeAnswer(url, init, BOUNDS)
    if (answer.status === 404) return null
    if (answer.status !== 200) throw new Error(`it answers ${answer.status}`)
    return answer.body
  } catch (cause) {
    throw new CalendarError(`${url}: ${callProblem(cause)}`, { cause })
  }
}

const below = (calendar: string, path: string): string => `${calendar.replace(/\/+$/, "")}/${path}`

const answered = (url: string, bytes: Uint8Array, message: Uint8Array): Timestamp => {
  try {
    return parseTimestamp(bytes, message)
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause
    throw new CalendarError(`${url}: ${cause.message}`, { cause })
  }
}

/** Hands in a digest. @returns its timestamp, pending as a rule. @throws CalendarError */
export const submit = async (calendar: string, digest: Uint8Array): Promise<Timestamp> => {
  const url = below(calendar, "digest")
  const bytes = await call(url, digest)
  if (bytes === null) throw new CalendarError(`${url}: it answers 404`)
  return answered(url, bytes, digest)
}

/** What became of a pending attestation. @returns null where nothing did yet. @throws CalendarError */
export const upgrade = async (calendar: string, message: Uint8Array): Promise<Timestamp | null> => {
  const url = below(calendar, `timestamp/${Buffer.from(message).toString("hex")}`)
  const bytes = await call(url, null)
  return bytes === null ? null : answered(url, bytes, message)
}
