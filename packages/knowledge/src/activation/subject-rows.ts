/**
 * Items of kinds that have one subject for each device (`KnowledgeKind.inRows`): each is a row of the partition's table, so
 * that a million of them cost no more than their own bytes, and an activation writes one. A row holds what the kind projected;
 * the signed body was verified when it came into force, and lies in `knowledge.items`.
 *
 * Entries of a chunk are folded before any of them is judged. So what they change lies in a layer of its own until all are
 * (`settle`): each entry keeps the view of its own place.
 *
 *   row: f64 BE version | f64 BE expires (ms since 1970) | 32 bytes hash of the signed body | projection
 */
import type { SubjectItem, SubjectKnowledge } from "@assay/trust"
import { keptKey } from "./stored-track.ts"

/** Where rows are kept: a part of the table of the partition, in its changelog and its commits. */
export interface ItemRows {
  /** May be memory that changes with the next `set`. */
  get(key: string): Uint8Array | undefined
  /** Null removes. */
  set(key: string, row: Uint8Array | null): void
  /** How many rows there are whose key begins with `prefix`, a kind's. */
  count(prefix: string): number
}

/** For who has no table: a reader that follows the entries alone. */
export const rowsInMemory = (): ItemRows => {
  const rows = new Map<string, Uint8Array>()
  return {
    get: (key) => rows.get(key),
    set: (key, row) => {
      if (row === null) rows.delete(key)
      else rows.set(key, row)
    },
    count: (prefix) => [...rows.keys()].filter((key) => key.startsWith(prefix)).length,
  }
}

const HEAD = 48

const encodeRow = ({ version, expires, hash, projection }: SubjectItem): Uint8Array => {
  const row = Buffer.alloc(HEAD + projection.length)
  row.writeDoubleBE(version, 0)
  row.writeDoubleBE(expires, 8)
  row.write(hash, 16, "hex")
  row.set(projection, HEAD)
  return row
}

const decodeRow = (row: Uint8Array): SubjectItem => {
  // A copy: the row lies where the next one may be written.
  const bytes = Buffer.from(row)
  if (bytes.length < HEAD) throw new RangeError(`an item of knowledge in ${bytes.length} bytes: the state is damaged`)
  return {
    version: bytes.readDoubleBE(0),
    expires: bytes.readDoubleBE(8),
    hash: bytes.toString("hex", 16, HEAD),
    projection: bytes.subarray(HEAD),
  }
}

/** By row; null: it was taken away. */
type Layer = ReadonlyMap<string, SubjectItem | null>

const NOTHING: Layer = new Map()

export class SubjectRows {
  readonly #rows: ItemRows
  #layer: Layer = NOTHING
  #view: SubjectKnowledge

  constructor(rows: ItemRows) {
    this.#rows = rows
    this.#view = this.#viewOf(NOTHING)
  }

  /** What is in force after the last change. Holds until `settle`. */
  get view(): SubjectKnowledge {
    return this.#view
  }

  get(kind: string, subject: string): SubjectItem | null {
    return this.#view.get(kind, subject)
  }

  /** Items of a kind, those of the layer included. */
  count(kind: string): number {
    const prefix = keptKey(kind, "")
    let count = this.#rows.count(prefix)
    for (const [key, item] of this.#layer)
      if (key.startsWith(prefix)) count += Number(item !== null) - Number(this.#rows.get(key) !== undefined)
    return count
  }

  put(kind: string, subject: string, item: SubjectItem | null): void {
    this.#layer = new Map(this.#layer).set(keptKey(kind, subject), item)
    this.#view = this.#viewOf(this.#layer)
  }

  /** Writes the layer into the rows: every entry that was folded is judged. */
  settle(): void {
    if (this.#layer === NOTHING) return
    for (const [key, item] of this.#layer) this.#rows.set(key, item === null ? null : encodeRow(item))
    this.#layer = NOTHING
    this.#view = this.#viewOf(NOTHING)
  }

  /** Forgets the layer: the entries that were folded do not come to be. */
  rollBack(): void {
    if (this.#layer === NOTHING) return
    this.#layer = NOTHING
    this.#view = this.#viewOf(NOTHING)
  }

  #viewOf(layer: Layer): SubjectKnowledge {
    return {
      get: (kind, subject) => {
        const key = keptKey(kind, subject)
        const changed = layer.get(key)
        if (changed !== undefined) return changed
        const row = this.#rows.get(key)
        return row === undefined ? null : decodeRow(row)
      },
    }
  }
}
