/**
 * What one transaction will write: calls are added in order, each against the state that the ones before it leave. Nothing
 * here is durable or visible yet; the writer publishes a plan once LMDB has it.
 */
import { FencedError } from "../errors.ts"
import type { Commit, NewRecord } from "../port.ts"
import { sameCell } from "../same-cell.ts"
import { type Environment, type Extent, encodeExtent, encodeOffset, type Writes } from "./environment.ts"
import { encodeFrames, type Frame, type Stamped } from "./frame.ts"

/** The durable state of a partition, in memory: its only writer is this process. */
export interface State {
  readonly extents: Map<string, Extent>
  /** By `positionName`. */
  readonly positions: Map<string, number>
}

/** Stream ids are u16 in frame keys. */
const MAX_STREAMS = 65535

export const positionName = (group: string, stream: string): string => `${group}\0${stream}`

export class Plan {
  readonly extents = new Map<string, Extent>()
  readonly positions = new Map<string, number>()
  /** New frames by stream; there once `seal` was called. */
  readonly frames: Array<readonly [string, Frame]> = []
  readonly #cells = new Map<string, Uint8Array>()
  readonly #records = new Map<string, Array<Stamped>>()
  readonly #removals: Array<{ readonly id: number; readonly base: number }> = []
  readonly #state: State
  readonly #environment: Environment

  constructor(state: State, environment: Environment) {
    this.#state = state
    this.#environment = environment
  }

  /** The first offset that the records get, and their stamp. Without records: the end, and nothing is written. */
  append(
    stream: string,
    records: ReadonlyArray<NewRecord>,
    now: number,
  ): { readonly offset: number; readonly time: number } {
    this.#checkRoom(1)
    const extent = this.#extent(stream)
    const time = Math.max(extent.time, now)
    if (records.length === 0) return { offset: extent.end, time }
    const stamped = this.#records.get(stream) ?? []
    this.#records.set(stream, stamped)
    for (const record of records) stamped.push({ time, record })
    this.extents.set(stream, { ...extent, end: extent.end + records.length, time })
    return { offset: extent.end, time }
  }

  /** The first offset of each output. Throws FencedError and leaves the plan as it was. */
  commit(commit: Commit, now: number): { readonly offsets: ReadonlyArray<number> } {
    const name = positionName(commit.group, commit.stream)
    const position = this.positions.get(name) ?? this.#state.positions.get(name) ?? 0
    if (position !== commit.from) throw new FencedError(commit.group, commit.stream, commit.from, position)
    // Refuse before anything of this commit is planned: other calls share the plan.
    this.#checkRoom(commit.outputs.length)
    if (commit.next !== position) this.positions.set(name, commit.next)
    const offsets = commit.outputs.map(({ stream, records }) => this.append(stream, records, now).offset)
    for (const { stream, before } of commit.truncate ?? []) this.#truncate(stream, before)
    return { offsets }
  }

  /** Whether the cell holds `expected` and so takes `value`. */
  swap(name: string, expected: Uint8Array | null, value: Uint8Array): boolean {
    const present = this.#cells.get(name) ?? this.#environment.row(`c${name}`) ?? null
    const equal = sameCell(present, expected)
    if (equal) this.#cells.set(name, value)
    return equal
  }

  /** Encodes the frames; null where there is nothing to write. */
  seal(): Writes | null {
    for (const [stream, stamped] of this.#records) {
      const base = this.extents.get(stream)!.end - stamped.length
      for (const frame of encodeFrames(base, stamped)) this.frames.push([stream, frame])
    }
    const rows: Array<readonly [string, Uint8Array]> = []
    for (const [stream, extent] of this.extents) rows.push([`e${stream}`, encodeExtent(extent)])
    for (const [name, position] of this.positions) rows.push([`g${name}`, encodeOffset(position)])
    for (const [name, value] of this.#cells) rows.push([`c${name}`, value])
    if (rows.length === 0) return null
    const frames = this.frames.map(([stream, { base, bytes }]) => ({ id: this.extents.get(stream)!.id, base, bytes }))
    return { frames, removals: this.#removals, rows }
  }

  /** Only what is durable before this plan is truncated; whole frames, so the new start may lie below `before`. */
  #truncate(stream: string, before: number): void {
    const durable = this.#state.extents.get(stream)
    const extent = this.#extent(stream)
    if (durable === undefined || before <= extent.start) return
    const bases = this.#environment.bases(extent.id, extent.start, Math.min(before, durable.end))
    let start = extent.start
    for (const [n, base] of bases.entries()) {
      const end = bases[n + 1] ?? this.#frameEnd(durable, base)
      if (end > before) break
      this.#removals.push({ id: extent.id, base })
      start = end
    }
    if (start !== extent.start) this.extents.set(stream, { ...extent, start })
  }

  /** Where the frame at `base`, the last one below a limit, ends: where the next begins. */
  #frameEnd({ id, end }: Extent, base: number): number {
    return this.#environment.baseAfter(id, base) ?? end
  }

  #extent(stream: string): Extent {
    const known = this.extents.get(stream) ?? this.#state.extents.get(stream)
    return known ?? { id: this.#streams(), start: 0, end: 0, time: 0 }
  }

  /** Streams so far; also the next free id, for none is ever dropped. */
  #streams(): number {
    let fresh = 0
    for (const stream of this.extents.keys()) if (!this.#state.extents.has(stream)) fresh++
    return this.#state.extents.size + fresh
  }

  #checkRoom(streams: number): void {
    if (this.#streams() + streams > MAX_STREAMS)
      throw new RangeError(`a partition holds at most ${MAX_STREAMS} streams`)
  }
}
