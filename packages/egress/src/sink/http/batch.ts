/** Batches over a request-and-answer protocol: what an answer means, and how the one item is found that spoils a batch. */
import { setTimeout as delay } from "node:timers/promises"
import { safeLine } from "@assay/trust/kit"
import type { Encoded } from "../../encode/encoder.ts"
import type { Refused } from "../sink.ts"
import type { Answer } from "./post.ts"

/** `refused`: this batch will never be taken; of several, some may be, one by one. */
export type Outcome =
  | { readonly kind: "done"; readonly refused: ReadonlyArray<Refused> }
  | { readonly kind: "refused"; readonly reason: string }

export const DONE: Outcome = { kind: "done", refused: [] }

export interface BatchLimits {
  readonly records: number
  readonly bytes: number
}

/** The members of an answer that is a JSON object; none where it is anything else. */
export const membersOf = ({ body }: Answer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {} // no JSON: its status is all there is
  }
}

/** What the other side said, for a log line. */
const said = ({ status, body }: Answer): string => {
  const text = safeLine(body.trim())
  return text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`
}

/** Said of the item, not of the sender or of the moment: another try gets the same answer. */
const OF_ITEM: ReadonlySet<number> = new Set([400, 413, 422])

const MAX_PAUSE_MS = 60_000

/** Waits as the other side asks (RFC 9110 section 10.2.3, seconds), up to a minute. */
const askedPause = ({ headers }: Answer): number => {
  const seconds = Number(headers["retry-after"])
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(MAX_PAUSE_MS, seconds * 1_000) : 0
}

/**
 * What an answer means where the protocol says no more.
 * @throws where another try may help: the other side is away or busy, or does not know us (yet)
 */
export const outcomeOf = async (answer: Answer): Promise<Outcome> => {
  if (answer.status >= 200 && answer.status < 300) return DONE
  if (OF_ITEM.has(answer.status)) return { kind: "refused", reason: said(answer) }
  await delay(askedPause(answer))
  throw new Error(said(answer))
}

/** Whole items, in order, within the limits; one that is larger than `bytes` goes alone. */
export const batchesOf = (
  items: ReadonlyArray<Encoded>,
  { records, bytes }: BatchLimits,
): ReadonlyArray<ReadonlyArray<Encoded>> => {
  const batches: Array<Array<Encoded>> = []
  let size = Number.POSITIVE_INFINITY
  for (const item of items) {
    const last = batches.at(-1)
    if (last === undefined || last.length >= records || size + item.bytes.length > bytes) {
      batches.push([item])
      size = item.bytes.length
    } else {
      last.push(item)
      size += item.bytes.length
    }
  }
  return batches
}

/** A refused batch is halved until the items are found that are meant. @throws what `send` throws */
const sendHalving = async (
  batch: ReadonlyArray<Encoded>,
  send: (batch: ReadonlyArray<Encoded>) => Promise<Outcome>,
): Promise<ReadonlyArray<Refused>> => {
  const outcome = await send(batch)
  if (outcome.kind === "done") return outcome.refused
  if (batch.length === 1) return [{ item: batch[0]!, reason: outcome.reason }]
  const middle = Math.ceil(batch.length / 2)
  return [...(await sendHalving(batch.slice(0, middle), send)), ...(await sendHalving(batch.slice(middle), send))]
}

/** One after the other. @throws what `send` throws: items before it were taken, and come again */
export const sendBatches = async (
  items: ReadonlyArray<Encoded>,
  limits: BatchLimits,
  send: (batch: ReadonlyArray<Encoded>) => Promise<Outcome>,
): Promise<ReadonlyArray<Refused>> => {
  const refused: Array<Refused> = []
  for (const batch of batchesOf(items, limits)) refused.push(...(await sendHalving(batch, send)))
  return refused
}
