/**
 * The embedded log with the manners of a cluster: offsets with gaps, record headers, nulls, compaction of changelogs,
 * positions that are forgotten, partitions that another process takes over. The real engine does the work underneath, so
 * what a runner relies on (durable, atomic, in order) holds as it does there.
 */
import {
  type Absent,
  type Commit,
  type Headers,
  type Log,
  type LogRecord,
  type NewRecord,
  type StreamPartition,
  TakenOverError,
} from "@assay/log"

/** Every other offset is a gap; the first record of a stream stands behind one, and so there is none after the last. */
const outside = (offset: number): number => offset * 2 + 1
const inside = (from: number): number => Math.floor(from / 2)

interface Kept {
  readonly headers: ReadonlyArray<readonly [string, ReadonlyArray<string>]> | null
  readonly absent: Absent | null
}

const wrap = ({ key, value, headers: own, common, absent }: NewRecord): NewRecord => {
  const headers = common === undefined ? own : { ...common, ...own }
  const kept: Kept = {
    headers:
      headers === undefined
        ? null
        : Object.entries(headers).map(([name, values]) => [
            name,
            (values instanceof Uint8Array ? [values] : values).map((each) => Buffer.from(each).toString("base64")),
          ]),
    absent: absent ?? null,
  }
  const text = Buffer.from(JSON.stringify(kept))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return { key, value: Buffer.concat([length, text, value]) }
}

const unwrap = (record: LogRecord): LogRecord => {
  const bytes = Buffer.from(record.value)
  const end = 4 + bytes.readUInt32BE(0)
  const { headers, absent } = JSON.parse(bytes.subarray(4, end).toString()) as Kept
  const named = headers?.map(([name, values]) => {
    const all = values.map((each) => Buffer.from(each, "base64"))
    return [name, all.length === 1 ? all[0]! : all] as const
  })
  return {
    ...record,
    offset: outside(record.offset),
    value: bytes.subarray(end),
    ...(named === undefined ? {} : { headers: Object.fromEntries(named) as Headers }),
    ...(absent === null ? {} : { absent }),
  }
}

const nameOf = (group: string, { stream, partition }: StreamPartition): string => `${group} ${stream}/${partition}`

export interface Take extends StreamPartition {
  readonly group: string
  readonly known: number | undefined
}

export class ClusterLikeLog {
  /** Every call of `take`, in order. */
  readonly takes: Array<Take> = []
  /** Every commit that was durable, in order. */
  readonly commits: Array<Commit> = []
  private readonly inner: Log
  private readonly owners = new Map<string, Log>()
  private readonly forgotten = new Map<string, number>()
  /** How far the group's offset was moved by hand. */
  private readonly moved = new Map<string, number>()
  /** Offsets (inside) that compaction removed, by stream partition. */
  private readonly removed = new Map<string, Set<number>>()

  constructor(inner: Log) {
    this.inner = inner
  }

  /** The broker forgets where the group was. */
  async forget(group: string, at: StreamPartition): Promise<void> {
    this.forgotten.set(nameOf(group, at), await this.inner.position(group, at))
  }

  /** Somebody sets the group's offset by hand. */
  async move(group: string, at: StreamPartition, next: number): Promise<void> {
    this.moved.set(nameOf(group, at), next - (await this.inner.position(group, at)))
  }

  /** Retention takes what lies below `before`. */
  async lose({ stream, partition }: StreamPartition, before: number): Promise<void> {
    const truncate = [{ stream, before: inside(before) }]
    await this.inner.commit(partition, { group: "loser", stream: "none", from: 0, next: 0, outputs: [], truncate })
  }

  /** Forgets all but the last record of each key, and with `tombstones` those which say that a key is gone, too. */
  async compact(at: StreamPartition, tombstones = false): Promise<void> {
    const { start, end } = await this.inner.bounds(at)
    const gone = this.goneOf(at)
    const last = new Map<string, number>()
    for (let next = start; next < end; ) {
      const records = await this.inner.read(at, next, 1000, 1 << 24)
      for (const record of records) {
        const key = Buffer.from(record.key).toString("hex")
        const older = last.get(key)
        if (older !== undefined) gone.add(older)
        last.set(key, record.offset)
        if (tombstones && unwrap(record).absent?.value === true) gone.add(record.offset)
      }
      next = records.at(-1)!.offset + 1
    }
  }

  private goneOf({ stream, partition }: StreamPartition): Set<number> {
    const name = `${stream}/${partition}`
    const found = this.removed.get(name) ?? new Set<number>()
    this.removed.set(name, found)
    return found
  }

  /** The log as one process has it; what another takes, this one may no longer commit to. */
  process(): Log {
    const { inner } = this
    const positionOf = async (group: string, at: StreamPartition): Promise<number> => {
      const name = nameOf(group, at)
      if (this.forgotten.has(name)) return 0
      return (await inner.position(group, at)) + (this.moved.get(name) ?? 0)
    }
    const log: Log = {
      partitions: inner.partitions,
      epoch: inner.epoch,
      genesis: inner.genesis,
      traits: { engine: "kafka", headers: true, compacts: true, expires: true, shared: false },
      append: async (at, records) => {
        const { offset, time } = await inner.append(at, records.map(wrap))
        return { offset: outside(offset), time }
      },
      read: async (at, from, maxRecords, maxBytes) => {
        const gone = this.goneOf(at)
        for (let next = inside(from); ; ) {
          const records = await inner.read(at, next, maxRecords, maxBytes)
          if (records.length === 0) return []
          const left = records.filter(({ offset }) => !gone.has(offset))
          if (left.length > 0) return left.map(unwrap)
          next = records.at(-1)!.offset + 1
        }
      },
      bounds: async (at) => {
        const { start, end } = await inner.bounds(at)
        return { start: start * 2, end: end * 2 }
      },
      position: positionOf,
      take: async (group, at, known) => {
        this.takes.push({ group, ...at, known })
        const name = nameOf(group, at)
        this.owners.set(name, log)
        if (known !== undefined && this.forgotten.get(name) === known) this.forgotten.delete(name)
        return positionOf(group, at)
      },
      join: (group, stream, onAssigned) => inner.join(group, stream, onAssigned),
      commit: async (partition, commit) => {
        const { group, stream } = commit
        const name = nameOf(group, { stream, partition })
        const owner = this.owners.get(name)
        if (owner !== undefined && owner !== log) throw new TakenOverError(group, stream, partition)
        const { offsets } = await inner.commit(partition, {
          ...commit,
          outputs: commit.outputs.map((output) => ({ ...output, records: output.records.map(wrap) })),
          truncate: (commit.truncate ?? []).map((each) => ({ ...each, before: inside(each.before) })),
        })
        this.commits.push(commit)
        return { offsets: offsets.map(outside) }
      },
      waitFor: (at, from, signal) => inner.waitFor(at, inside(from), signal),
      cells: inner.cells,
      close: () => inner.close(),
    }
    return log
  }
}
