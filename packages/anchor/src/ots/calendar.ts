/** Calendars of OpenTimestamps: they collect digests and put the root over many into one transaction of Bitcoin. */
import { AnchorError } from "../error.ts"
import { parseTimestamp, type Timestamp } from "./timestamp.ts"

const TIMEOUT_MS = 10_000
const MAX_ANSWER = 64 << 10
const ACCEPT = { accept: "application/vnd.opentimestamps.v1" }

/** A calendar did not answer, or with something else: try again. */
export class CalendarError extends Error {
  override readonly name = "CalendarError"
}

const call = async (url: string, body: Uint8Array | null): Promise<Uint8Array | null> => {
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: ACCEPT,
      ...(body === null ? {} : { method: "POST", body: Buffer.from(body) }),
    })
    const pieces: Array<Uint8Array> = []
    let size = 0
    for await (const piece of response.body ?? []) {
      size += piece.length
      // Leaving the loop cancels the rest.
      if (size > MAX_ANSWER) throw new Error(`the answer has more than ${MAX_ANSWER} bytes`)
      pieces.push(piece)
    }
    if (response.status === 404) return null
    if (response.status !== 200) throw new Error(`it answers ${response.status}`)
    return Buffer.concat(pieces)
  } catch (cause) {
    const { message, cause: inner } = cause as Error
    throw new CalendarError(`${url}: ${inner instanceof Error ? `${message}: ${inner.message}` : message}`, { cause })
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
