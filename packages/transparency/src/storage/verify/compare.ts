/** Compares one event with its leaf. */
import { equalHash, type Hash, leafHash } from "../../hash.ts"
import { commitmentOf, leafOf, NO_DEVICE, type StoredLeafBody, statementSaltOf } from "../../leaf.ts"
import { statementOf } from "../../statement.ts"
import type { KeyReader } from "../keys.ts"
import { type StoredEvent, type StoredLeaf, sameEvent } from "./leaves.ts"

/**
 * `same`, `altered`; `erased`: the device's key is gone, and the statement is what was sealed; `unopened`: no keys were given, so only the event's
 * name and kind were compared.
 */
export type Comparison = "same" | "altered" | "erased" | "unopened"

/** What the event's leaf hash must be, if it can be said. */
export interface Expected {
  readonly entry: Uint8Array
  readonly hash: Hash
}

/** The leaf that the event would be sealed as; null where its key is not there. */
const expectedOf = ({ event, record }: StoredEvent, keys: KeyReader | null): Expected | null => {
  const salt = keys?.get(event.device) ?? null
  const log = keys?.get(NO_DEVICE) ?? null
  if (salt === null || log === null) return null
  const entry = leafOf(event, record, salt, log)
  return { entry, hash: leafHash(entry) }
}

/** As `expectedOf`, made once for each event. */
export const expecting = (keys: KeyReader | null): ((event: StoredEvent) => Expected | null) => {
  const made = new WeakMap<StoredEvent, { readonly is: Expected | null }>()
  return (event) => {
    const known = made.get(event)
    if (known !== undefined) return known.is
    const is = expectedOf(event, keys)
    made.set(event, { is })
    return is
  }
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
  if (isErased(stored, keys)) return isStated(leaf, event, keys) ? "erased" : "altered"
  return keys === null && isNamed(leaf, event) ? "unopened" : "altered"
}

/** Whether the leaf names this event, as far as a leaf does without a key. */
const isNamed = (leaf: StoredLeafBody, { event }: StoredEvent): boolean =>
  sameEvent(leaf, event) && leaf.kind === event.kind && (leaf.pseudonym.length === 0) === (event.device === NO_DEVICE)

/** Whether the event's statement is the one that the leaf commits to: that outlives the key of its device. */
const isStated = (leaf: StoredLeafBody, { event }: StoredEvent, keys: KeyReader | null): boolean => {
  const log = keys?.get(NO_DEVICE) ?? null
  if (log === null || event.event === null) return false
  const salt = statementSaltOf(log.key, leaf)
  return equalHash(commitmentOf(salt, statementOf(event.event)), leaf.statement)
}

/** Whether the leaf's device has lost its key. That alone says nothing about why. */
export const isErased = ({ leaf }: StoredLeaf, keys: KeyReader | null): boolean =>
  leaf !== null && leaf.pseudonym.length > 0 && keys?.isErased(leaf.pseudonym) === true
