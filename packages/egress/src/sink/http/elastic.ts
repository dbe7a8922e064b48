/**
 * Elasticsearch's and OpenSearch's bulk interface. The key of a decision is the document's `_id` and the action is `create`: a
 * repeat is answered with 409 and changes nothing, so that each decision is there once.
 */
import { safeLine } from "@assay/trust/kit"
import type { Encoded } from "../../encode/encoder.ts"
import type { Refused } from "../sink.ts"
import { type Outcome, outcomeOf } from "./batch.ts"
import type { HttpProtocol } from "./sink.ts"

interface BulkItem {
  readonly status?: number
  readonly error?: { readonly type?: string; readonly reason?: string }
}

const CREATED = 201
const EXISTS = 409

const itemsOf = (body: string, count: number): ReadonlyArray<BulkItem> => {
  const { items } = JSON.parse(body) as { readonly items?: ReadonlyArray<Readonly<Record<string, BulkItem>>> }
  if (items?.length !== count) throw new Error(`the bulk answer is about ${items?.length ?? "no"} items, not ${count}`)
  return items.map((item) => Object.values(item)[0] ?? {})
}

const refusalOf = (item: Encoded, { status, error }: BulkItem): Refused => ({
  item,
  reason: safeLine(`${status ?? "no status"} ${error?.type ?? ""}: ${error?.reason ?? ""}`),
})

/** @throws where the index is busy, or does not take it now */
const resultOf = (batch: ReadonlyArray<Encoded>, results: ReadonlyArray<BulkItem>): Outcome => {
  const refused: Array<Refused> = []
  for (const [nth, item] of batch.entries()) {
    const result = results[nth]!
    const { status = 0 } = result
    if (status === CREATED || status === 200 || status === EXISTS) continue
    if (status !== 400 && status !== 413) throw new Error(refusalOf(item, result).reason)
    refused.push(refusalOf(item, result))
  }
  return { kind: "done", refused }
}

/** @param index an index or a data stream */
export const elasticProtocol = (index: string, records: number): HttpProtocol => ({
  limits: { records, bytes: 5 << 20 },
  send: async (client, batch) => {
    const lines = batch.flatMap((item) => [
      Buffer.from(`${JSON.stringify({ create: { _index: index, _id: item.key } })}\n`),
      item.bytes,
    ])
    const answer = await client.post(Buffer.concat(lines), { "content-type": "application/x-ndjson" }, "/_bulk")
    const outcome = await outcomeOf(answer)
    return outcome.kind === "refused" ? outcome : resultOf(batch, itemsOf(answer.body, batch.length))
  },
})
