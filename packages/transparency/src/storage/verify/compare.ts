/** Compares one event with its leaf. */
import { equalHash, type Hash, leafHash } from "../../hash.ts"
import { leafOf, NO_DEVICE } from "../../leaf.ts"
import type { KeyReader } from "../keys.ts"
import type { StoredEvent } from "./align.ts"
import type { StoredLeaf } from "./leaves.ts"

/**
 * `same`, `altered`; `erased`: the device's key is gone on purpose; `unopened`: no keys were given, so only the event's
 * name and kind were compared.
 */
export type Comparison = "same" | "altered" | "erased" | "unopened"

/** What the event's leaf hash must be, if it can be said. */
export interface Expected {
  readonly entry: Uint8Array
  readonly hash: Hash
}

/** The leaf that the event would be sealed as; null where its key is not there. */
export const expectedOf = ({ event, record }: StoredEvent, keys: KeyReader | null): Expected | null => {
  const salt = keys?.get(event.device) ?? null
  if (salt === null) return null
  const entry = leafOf(event, record, salt)
  return { entry, hash: leafHash(entry) }
}

export const compare = (
  stored: StoredLeaf,
  event: StoredEvent,
  expected: Expected | null,
  keys: KeyReader | null,
): Comparison => {
  const { entry, leaf } = stored
  if (expected !== null && entry !== null && equalHash(expected.entry, entry)) return "same"
  if (leaf === null) return "altered"
  if (isErased(stored, keys)) return "erased"
  const { origin, index, kind, device } = event.event
  const named =
    leaf.index === index &&
    leaf.kind === kind &&
    leaf.origin.offset === origin.offset &&
    leaf.origin.partition === origin.partition &&
    leaf.origin.epoch === origin.epoch &&
    (leaf.pseudonym.length === 0) === (device === NO_DEVICE)
  return keys === null && named ? "unopened" : "altered"
}

/** Whether the leaf belongs to a device whose key was erased. */
export const isErased = ({ leaf }: StoredLeaf, keys: KeyReader | null): boolean =>
  leaf !== null && leaf.pseudonym.length > 0 && keys?.isErased(leaf.pseudonym) === true
