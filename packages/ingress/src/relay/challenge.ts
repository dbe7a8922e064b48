/** Challenges from a node that makes them, for an adapter whose devices ask it: the adapter has no key of its own for them. */
import { UnavailableError } from "@assay/log"
import * as Redacted from "effect/Redacted"
import type { ChallengeAnswer, ChallengeSource } from "../core/challenge.ts"

interface ChallengeOptions {
  /** A node with a challenge key (`ASSAY_CHALLENGE_KEY`). */
  readonly url: URL
  /** A bearer token with the right `submit`; null where the node asks for none. */
  readonly token: Redacted.Redacted | null
  /** Milliseconds for an answer. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
/** Of refusals that a device can read something out of; all others are between the adapter and its node. */
const OF_DEVICE: ReadonlySet<number> = new Set([400, 429])

type Body = Partial<Record<"challenge" | "expires" | "error" | "message", unknown>>

const bodyOf = (text: string): Body => {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === "object" && found !== null ? found : {}
  } catch {
    return {}
  }
}

const isText = (value: unknown): value is string => typeof value === "string"

/** The source rejects with UnavailableError where the node does not answer, or makes none: the message says what to do. */
export const challengesFrom = ({ url, token, timeoutMs = TIMEOUT_MS }: ChallengeOptions): ChallengeSource => {
  const at = new URL("/v1/challenges", url)
  const headers = {
    "content-type": "application/json",
    ...(token === null ? {} : { authorization: `Bearer ${Redacted.value(token)}` }),
  }
  return async (device, key): Promise<ChallengeAnswer> => {
    let response: Response
    let text: string
    try {
      const body = JSON.stringify({ device, key })
      response = await fetch(at, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) })
      text = await response.text()
    } catch (cause) {
      const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
      throw new UnavailableError(`no node answers at ${url.origin} (${inner?.code ?? (cause as Error).message})`)
    }
    const { challenge, expires, error, message } = bodyOf(text)
    if (response.ok && isText(challenge) && isText(expires)) return { challenge, expires }
    if (OF_DEVICE.has(response.status) && isText(error) && isText(message)) return { error, message }
    const why = isText(message) ? message : "it gives no reason"
    throw new UnavailableError(`the node at ${url.origin} makes no challenge (${response.status}): ${why}`)
  }
}
