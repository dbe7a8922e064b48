/** Looks at the rows of a partition's table in its changelog, for commands beside a running node. Keeps what is picked, no more. */
import type { Log } from "@assay/log"
import { type AnyStage, isReservedKey } from "@assay/trust"
import { decodeRow } from "./changelog.ts"

const BATCH_RECORDS = 4096
const BATCH_BYTES = 8 << 20
/** A node that writes its rows anew drops the records before them; a reading that was overtaken by that begins again. */
const TRIES = 5

export interface PickFrom {
  readonly log: Pick<Log, "bounds" | "read">
  /** Those of the group whose changelog it is, in their order. */
  readonly stages: ReadonlyArray<AnyStage>
  readonly changelog: string
  readonly partition: number
  /** Only the row of this key is looked at. */
  readonly only?: string
  /** Rows that a stage keeps of its own under keys that begin so are looked at, and no device's. */
  readonly own?: string
}

/**
 * @param pick what is wanted of a row, from the states of the stages (undefined where one has none); null: nothing. A state
 *   must not be kept: the next row may take its place
 * @returns by key
 * @throws Error where a record is of another version or broken, or a node rewrote the table faster than it can be read
 */
export const pickRows = async <T>(
  from: PickFrom,
  pick: (states: ReadonlyArray<unknown>) => T | null,
): Promise<ReadonlyMap<string, T>> => {
  const at = { stream: from.changelog, partition: from.partition }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { start, end } = await from.log.bounds(at)
    const picked = await pickBetween(from, start, end, pick)
    if ((await from.log.bounds(at)).start === start) return picked
  }
  throw new Error(`${from.changelog}/${from.partition} is written anew faster than it can be read: try again`)
}

const pickBetween = async <T>(
  { log, stages, changelog, partition, only, own }: PickFrom,
  start: number,
  end: number,
  pick: (states: ReadonlyArray<unknown>) => T | null,
): Promise<ReadonlyMap<string, T>> => {
  const picked = new Map<string, T>()
  const wanted = only === undefined ? null : Buffer.from(only)
  for (let next = start; next < end; ) {
    const records = await log.read({ stream: changelog, partition }, next, BATCH_RECORDS, BATCH_BYTES)
    if (records.length === 0) break
    for (const { key, value } of records) {
      if (wanted !== null && !wanted.equals(key)) continue
      const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString("utf8")
      if (own === undefined ? isReservedKey(name) : !name.startsWith(own)) continue
      const row = decodeRow(stages, name, value)
      const found = row === null ? null : pick(row.slots)
      if (found === null) picked.delete(name)
      else picked.set(name, found)
    }
    next = records.at(-1)!.offset + 1
  }
  return picked
}
