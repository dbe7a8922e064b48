/** What a node wrote while it was measured: how many records of which stream, how large, and some of them to show. */

import type { Topology } from "@assay/engine"
import type { Log, StreamPartition } from "@assay/log"
import { changelogOf, STREAMS } from "@assay/streams"
import { groupsOf } from "./target.ts"

/** Streams of a topology that its groups write to, `submitted` left out. */
export const writtenStreams = (topology: Topology): ReadonlyArray<string> => [
  ...groupsOf(topology).flatMap(([group, stream]) => [
    ...(stream === STREAMS.submitted ? [] : [stream]),
    changelogOf(group),
  ]),
  ...[STREAMS.verified, STREAMS.annotated, STREAMS.quarantined, STREAMS.rejected, STREAMS.audit],
]

/** The ends of streams, by partition. */
export type Marks = ReadonlyMap<string, ReadonlyArray<number>>

export const markEnds = async (log: Log, streams: ReadonlyArray<string>): Promise<Marks> => {
  const marks = new Map<string, ReadonlyArray<number>>()
  for (const stream of streams) {
    const ends = Array.from(
      { length: log.partitions },
      async (_, partition) => (await log.bounds({ stream, partition })).end,
    )
    marks.set(stream, await Promise.all(ends))
  }
  return marks
}

export interface Written {
  readonly stream: string
  readonly records: number
  /** Of keys and values, uncompressed. */
  readonly bytes: number
  /** Where the window begins, by partition: `readSome` finds its records there. */
  readonly from: ReadonlyArray<number>
}

const RECORDS = 4_096
const BYTES = 8 << 20

const each = async (
  log: Log,
  at: StreamPartition,
  from: number,
  end: number,
  use: (key: Uint8Array, value: Uint8Array) => boolean,
): Promise<void> => {
  for (let next = from; next < end; ) {
    const records = await log.read(at, next, RECORDS, BYTES)
    for (const { key, value, offset } of records) if (offset >= end || !use(key, value)) return
    if (records.length === 0) return
    next = records.at(-1)!.offset + 1
  }
}

/** Counts what lies between the marks and now. */
export const countWritten = async (log: Log, marks: Marks): Promise<ReadonlyArray<Written>> => {
  const ends = await markEnds(log, [...marks.keys()])
  const written: Array<Written> = []
  for (const [stream, from] of marks) {
    let records = 0
    let bytes = 0
    for (let partition = 0; partition < from.length; partition++)
      await each(log, { stream, partition }, from[partition]!, ends.get(stream)![partition]!, (key, value) => {
        records++
        bytes += key.length + value.length
        return true
      })
    written.push({ stream, records, bytes, from })
  }
  return written
}

export interface KeyValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The first `count` records from an offset on, copied. */
export const readSome = async (
  log: Log,
  at: StreamPartition,
  from: number,
  count: number,
): Promise<Array<KeyValue>> => {
  const some: Array<KeyValue> = []
  await each(log, at, from, Number.MAX_SAFE_INTEGER, (key, value) => {
    some.push({ key: key.slice(), value: value.slice() })
    return some.length < count
  })
  return some
}
