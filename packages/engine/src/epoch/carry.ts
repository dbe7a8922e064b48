/**
 * The first entry of a partition of the next epoch, and behind it what was submitted to the former log and judged by nobody:
 * each such message once, in its order, whatever ends in between. A position of the next log says how far that is.
 */
import { type Log, LogSetupError, type NewRecord, partitionOf, type StreamPartition } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { encodeControl } from "../order/entries.ts"
import { entryKind } from "./entry-kind.ts"
import { parentOf } from "./move.ts"

/** Its position on `submitted` of the next log: 0 before the first entry, then the next offset of the former log and one. */
export const EPOCH_GROUP = "epoch"

const RECORDS = 512
const BYTES = 4 << 20

export interface FirstEntry {
  readonly item: string
  readonly hash: string
  readonly body: Uint8Array
}

export interface Carried {
  /** Messages that were carried over by this call. */
  readonly messages: number
  /** Commands, activations and admissions that were submitted too late: they count nowhere, and are handed in again. */
  readonly left: number
}

/**
 * @param next of the former partition: what lies before it is judged
 * @throws LogSetupError where the next log was written to before
 * @throws UnavailableError and what the log's commits do; then call it again
 */
export const linkAndCarry = async (
  from: Log,
  to: Log,
  partition: number,
  next: number,
  first: FirstEntry,
): Promise<Carried> => {
  const at: StreamPartition = { stream: STREAMS.submitted, partition }
  const parent = parentOf(partition, from)
  // By the key under which it was routed. What lay in a wrong partition is refused in the one that has its number.
  const goesTo = (key: Uint8Array): number => {
    const home = partitionOf(key, to.partitions)
    return parentOf(home, from) === parent ? home : parent
  }
  let position = await to.take(EPOCH_GROUP, at)
  const commit = async (upTo: number, records: ReadonlyArray<NewRecord>): Promise<void> => {
    const outputs = [{ stream: STREAMS.submitted, records }]
    await to.commit(partition, { group: EPOCH_GROUP, stream: STREAMS.submitted, from: position, next: upTo, outputs })
    position = upTo
  }
  // A process that was started there before the log said that it is not filled.
  if (position === 0 && (await to.read(at, 0, 1, 1)).length > 0)
    throw new LogSetupError(
      `something was written to ${at.stream}/${partition} of the next epoch before its first entry: stop what runs there, and choose another place`,
    )
  if (position === 0) await commit(next + 1, [encodeControl({ kind: "activation", ...first })])
  let messages = 0
  let left = 0
  for (;;) {
    const records = await from.read({ stream: STREAMS.submitted, partition: parent }, position - 1, RECORDS, BYTES)
    const last = records.at(-1)
    if (last === undefined) return { messages, left }
    const carried: Array<NewRecord> = []
    for (const { key, value } of records) {
      const kind = entryKind(value)
      if (kind === "message" && goesTo(key) === partition) carried.push({ key, value })
      if (kind !== "message" && kind !== "tick") left++
    }
    await commit(last.offset + 2, carried)
    messages += carried.length
  }
}
