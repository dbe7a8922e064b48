/** What of the track survives a restart. Bodies stay with it: whatever else is kept or lost, a restart comes to the same. */
import { itemKey, kindOfItem, type RootSet } from "@assay/trust"
import type { Sequences } from "../authority/command-replay.ts"
import type { Rotations } from "./rotations.ts"

export interface KeptItem {
  readonly hash: string
  /** The signed body, base64. */
  readonly body: string
  /** What the kind projected, base64; absent where it projects nothing. */
  readonly projection?: string
}

export interface Kept {
  /** The roots that must sign what comes next. */
  readonly roots: RootSet
  /** Left out for as long as the roots are the pinned ones. */
  readonly rotations?: Rotations
  /** The highest sequence number of each operator. */
  readonly sequences: Sequences
  /** Of the first erasure: what keys the names of erased devices, base64. */
  readonly tombstoneKey?: string
  /** By `k/<kind>/<subject>`. */
  readonly items: Readonly<Record<string, KeptItem>>
}

/** What the key of an item begins with: no DID does, and no stage names a row so. */
export const ITEM_PREFIX = "k/"

export const keptKey = (kind: string, subject: string): string => `${ITEM_PREFIX}${itemKey(kind, subject)}`

export const keptNameOf = (key: string): { readonly kind: string; readonly subject: string } => {
  const item = key.slice(ITEM_PREFIX.length)
  const kind = kindOfItem(item)
  return { kind, subject: item.slice(kind.length + 1) }
}

export const encodeKept = (kept: Kept): Uint8Array => Buffer.from(JSON.stringify(kept))

/** @throws SyntaxError where the bytes are none of ours: the changelog is damaged */
export const decodeKept = (bytes: Uint8Array): Kept => JSON.parse(Buffer.from(bytes).toString("utf8")) as Kept
