/** The leaves of a log's directory, one after the other: what the bundle and what the lowest tile say of each. */

import { formatOrigin } from "@assay/trust"
import type { Aligned, Naming } from "../../align.ts"
import { HASH_BYTES, type Hash } from "../../hash.ts"
import { decodeLeaf, type EventId, type SealedEvent, type StoredLeafBody } from "../../leaf.ts"
import { decodeEntries } from "../../tile/bundle.ts"
import type { TileReader } from "../../tile/nodes.ts"
import { TILE_WIDTH, tilePath, widthAt } from "../../tile/path.ts"
import { equalNodes } from "./tree.ts"

export interface StoredLeaf {
  readonly number: number
  /** Null where the bundle does not hold it. */
  readonly entry: Uint8Array | null
  /** Null where the entry is no leaf. */
  readonly leaf: StoredLeafBody | null
  /** Null where the tile does not hold it. */
  readonly hash: Hash | null
  /** The entry was taken out of the directory, as its retention says, and no archive was given. */
  readonly pruned?: true
}

const parse = (entry: Uint8Array): StoredLeafBody | null => {
  try {
    return decodeLeaf(entry)
  } catch {
    return null
  }
}

/**
 * @param bounded false where nobody signed the size: then the leaves end where the files do
 * @param pruned entries below it may not be there (`archive/pruned.ts`)
 * @param onTorn called with the path of each file that is missing or torn
 */
export async function* storedLeaves(
  tiles: TileReader,
  size: number,
  bounded: boolean,
  pruned: number,
  onTorn: (path: string, leaf: number) => void,
): AsyncGenerator<StoredLeaf> {
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const index = first / TILE_WIDTH
    const width = widthAt(0, index, size)
    const tile = await tiles.read({ level: 0, index, width })
    if (tile === null || tile.length < width * HASH_BYTES) onTorn(tilePath({ level: 0, index, width }), first)
    const bundle = await tiles.read({ level: "entries", index, width })
    if (!bounded && tile === null && bundle === null) return
    const entries = bundle === null ? null : decodeEntries(bundle)
    // A partial bundle that is gone is answered from the full one; else it has its own entries and no more.
    const isWhole = entries !== null && (entries.length === width || entries.length === TILE_WIDTH)
    const isPruned = bundle === null && first + TILE_WIDTH <= pruned
    if (!isWhole && !isPruned) onTorn(tilePath({ level: "entries", index, width }), first)
    for (let i = 0; i < width; i += 1) {
      const entry = entries?.[i] ?? null
      const hash =
        tile !== null && tile.length >= (i + 1) * HASH_BYTES
          ? tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
          : null
      const leaf = entry === null ? null : parse(entry)
      yield { number: first + i, entry, leaf, hash, ...(isPruned ? { pruned: true } : {}) }
    }
  }
}

/** A stored record of audit.events. */
export interface StoredEvent {
  /** Of the record. */
  readonly offset: number
  /** The record's key repeats the event's device. */
  readonly hasItsKey: boolean
  /** When the log stamped it, milliseconds since 1970; null where that was not given. */
  readonly stamp: number | null
  readonly record: Uint8Array
  readonly event: SealedEvent
}

/** A leaf beside the event that stands at its place, or what the one lacks of the other. */
export type Pair = Aligned<StoredLeaf, StoredEvent>

export const sameEvent = (a: EventId, b: EventId): boolean =>
  a.origin.offset === b.origin.offset &&
  a.index === b.index &&
  a.origin.partition === b.origin.partition &&
  a.origin.epoch === b.origin.epoch

export const idOf = ({ origin, index }: EventId): string => `${formatOrigin(origin)}#${index}`

/** By the event that a leaf names; by its hash where the entry was pruned. @param hashOf what the event's leaf hash must be, if it can be said */
export const byEvent = (hashOf: (event: StoredEvent) => Hash | null): Naming<StoredLeaf, StoredEvent> => ({
  left: ({ leaf, pruned, hash }) =>
    leaf !== null ? idOf(leaf) : pruned && hash !== null ? `hash ${Buffer.from(hash).toString("hex")}` : null,
  right: ({ event }) => idOf(event),
  same: ({ leaf, pruned, hash }, stored) =>
    leaf !== null ? sameEvent(leaf, stored.event) : pruned === true && equalNodes(hash, hashOf(stored)),
})
