/**
 * A polling channel (TS-0001, clause 9.6.21): where the CSE cannot reach the adapter, the adapter asks for the requests that are
 * for it, and sends the answers back the same way.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import type { CseClient } from "./client.ts"
import { isObject, type RequestPrimitive, RSC, requireCode } from "./primitive.ts"
import { answerTo, readPrimitive } from "./primitive-object.ts"
import type { Receive } from "./receive.ts"

export interface PollingOptions {
  readonly client: CseClient
  readonly aeId: string
  /** Makes the channel where it is missing. @returns the address to fetch from. */
  readonly channel: () => Promise<string>
  readonly receive: Receive
  readonly pauses: Pauses
  readonly onProblem: (what: string) => void
}

export interface Polling {
  /** Why nothing is fetched at the moment, or null. */
  failing(): string | null
  stop(): Promise<void>
}

/** For which the CSE holds a request open while there is nothing. */
const HOLD_MS = 20_000
/** Requests that are being answered; more are not fetched. */
const MAX_UNDER_WAY = 64

/** The requests in an answer of a channel: one, or an aggregation. */
const requestsIn = (content: unknown): ReadonlyArray<unknown> => {
  if (!isObject(content)) return []
  const aggregated = content["m2m:agrp"]
  if (Array.isArray(aggregated)) return aggregated as ReadonlyArray<unknown>
  const single = content["m2m:rqp"]
  return single === undefined ? [] : [single]
}

export const startPolling = (options: PollingOptions): Polling => {
  const { client, aeId, channel, receive, pauses, onProblem } = options
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  let failing: string | null = null
  let address: string | null = null

  const answer = async (to: string, request: RequestPrimitive, body: Uint8Array): Promise<void> => {
    const rsc = await receive(request, { topicOriginator: null, certificateNames: null }, body)
    const content = { "m2m:rsp": answerTo(request, rsc, aeId) }
    requireCode(
      await client.request({ operation: "notify", to, content }),
      "answering over the polling channel",
      RSC.ok,
    )
  }
  const fetchOnce = async (): Promise<void> => {
    address ??= await channel()
    const to = address
    const fetched = await client.request({ operation: "retrieve", to, holdMs: HOLD_MS })
    if (fetched.rsc === RSC.requestTimeout) return
    requireCode(fetched, "fetching from the polling channel", RSC.ok)
    for (const content of requestsIn(fetched.content)) {
      const request = readPrimitive(content)
      if (request === null) continue
      const body = Buffer.from(JSON.stringify(request.content ?? null))
      const answering = answer(to, request, body)
        .catch((cause: Error) => onProblem(`polling channel: ${cause.message}`))
        .finally(() => underWay.delete(answering))
      underWay.add(answering)
    }
  }
  const run = async (): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted; ) {
      try {
        await fetchOnce()
        if (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay)
        attempt = 0
        failing = null
      } catch (cause) {
        if (stopping.signal.aborted) return
        attempt += 1
        address = null
        failing = (cause as Error).message
        onProblem(`polling channel: ${failing}`)
        await sleep(pauseMs(pauses, attempt), undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  void run()
  return {
    failing: () => failing,
    // The request that the CSE holds ends with its connection.
    stop: async () => {
      stopping.abort()
      await Promise.all(underWay)
    },
  }
}
