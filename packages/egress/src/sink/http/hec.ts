/**
 * Splunk HTTP Event Collector. Where the token has indexer acknowledgement, a batch counts when the indexer has it: an answer
 * alone says that it lies in the memory of the collector.
 */
import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { membersOf, outcomeOf } from "./batch.ts"
import type { Client } from "./post.ts"
import { type HttpProtocol, linesOf } from "./sink.ts"

const EVENT = "/services/collector/event"
const ACK = "/services/collector/ack"
const POLL_MS = 250

/** @throws where the indexer does not have it in time: it is sent again */
const acknowledged = async (client: Client, channel: string, ackId: number, timeoutMs: number): Promise<void> => {
  const query = Buffer.from(JSON.stringify({ acks: [ackId] }))
  for (const end = performance.now() + timeoutMs; performance.now() < end; await delay(POLL_MS)) {
    const answer = await client.post(
      query,
      { "content-type": "application/json", "x-splunk-request-channel": channel },
      ACK,
    )
    await outcomeOf(answer)
    const { acks } = membersOf(answer) as { readonly acks?: Readonly<Record<string, boolean>> }
    if (acks?.[String(ackId)] === true) return
  }
  throw new Error(`the indexer did not acknowledge batch ${ackId} within ${timeoutMs} ms`)
}

export const hecProtocol = (timeoutMs: number, records: number): HttpProtocol => {
  const channel = randomUUID()
  return {
    limits: { records, bytes: 1 << 20 },
    send: async (client, batch) => {
      const answer = await client.post(
        linesOf(batch),
        { "content-type": "application/json", "x-splunk-request-channel": channel },
        EVENT,
      )
      const outcome = await outcomeOf(answer)
      const { ackId } = membersOf(answer)
      if (outcome.kind === "done" && typeof ackId === "number") await acknowledged(client, channel, ackId, timeoutMs)
      return outcome
    },
  }
}
