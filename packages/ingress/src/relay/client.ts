/** Ingress through a node: for an adapter that has no log of its own, since an embedded log has one writer process. */
import { UnavailableError } from "@assay/log"
import * as Redacted from "effect/Redacted"
import type { Ingress } from "../core/ingress.ts"
import type { Answer } from "../core/submission.ts"
import { encodeRelayed } from "./record.ts"

export interface RelayOptions {
  /** The node. */
  readonly url: URL
  /** A bearer token with the right `relay`; null where the node asks for none. */
  readonly token: Redacted.Redacted | null
  /** Milliseconds for an answer. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/** `submit` rejects with UnavailableError where the node does not answer or refuses the call: the message says what to do. */
export const relayTo = ({ url, token, timeoutMs = TIMEOUT_MS }: RelayOptions): Ingress => {
  const at = new URL("/v1/relay", url)
  const headers = {
    "content-type": "application/x-ndjson",
    ...(token === null ? {} : { authorization: `Bearer ${Redacted.value(token)}` }),
  }
  return {
    submit: async (submissions) => {
      const body = submissions.map(encodeRelayed).join("")
      let response: Response
      let text: string
      try {
        response = await fetch(at, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) })
        text = await response.text()
      } catch (cause) {
        const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
        throw new UnavailableError(`no node answers at ${url.origin} (${inner?.code ?? (cause as Error).message})`)
      }
      const answers = response.ok ? answersIn(text) : null
      if (answers?.length === submissions.length) return answers
      throw new UnavailableError(`the node at ${url.origin} refuses (${response.status}): ${messageIn(text)}`)
    },
  }
}

const answersIn = (text: string): ReadonlyArray<Answer> | null => {
  try {
    const { answers } = JSON.parse(text) as { readonly answers?: ReadonlyArray<Answer> }
    return Array.isArray(answers) ? answers : null
  } catch {
    return null
  }
}

const messageIn = (text: string): string => {
  try {
    return (JSON.parse(text) as { readonly message?: string }).message ?? "it gives no reason"
  } catch {
    return "it is no node of Assay"
  }
}
