/**
 * Verifies proofs, by the iterative algorithms of RFC 9162 (sections 2.1.3.2 and 2.1.4.2): another way than the one they
 * are built in, so that one mistake is not made twice. Numbers are halved by division: sizes may pass 2^32.
 */
import { EMPTY_ROOT, equalHash, HASH_BYTES, type Hash, nodeHash } from "../hash.ts"

const half = (n: number): number => Math.floor(n / 2)
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/**
 * The root that a proof leads to from `leaf` (a leaf hash) at `index` in a tree of `size` leaves; null where it has not as many hashes as
 * such a proof.
 */
export const rootOfInclusion = (leaf: Hash, index: number, size: number, proof: ReadonlyArray<Hash>): Hash | null => {
  if (!isCount(index) || !isCount(size) || index >= size || leaf.length !== HASH_BYTES) return null
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== HASH_BYTES) return null
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 ? hash : null
}

/** Whether `leaf` (a leaf hash) is at `index` in the tree of `size` leaves with this root. */
export const verifyInclusion = (
  leaf: Hash,
  index: number,
  size: number,
  root: Hash,
  proof: ReadonlyArray<Hash>,
): boolean => {
  const found = rootOfInclusion(leaf, index, size, proof)
  return found !== null && equalHash(found, root)
}

/** Whether the tree of `from` leaves is a prefix of the one of `to` leaves. A tree of size 0 is a prefix of every tree. */
export const verifyConsistency = (
  from: number,
  fromRoot: Hash,
  to: number,
  toRoot: Hash,
  proof: ReadonlyArray<Hash>,
): boolean => {
  if (!isCount(from) || !isCount(to) || from > to) return false
  if (fromRoot.length !== HASH_BYTES || toRoot.length !== HASH_BYTES) return false
  // The tree without leaves has one root, on either side.
  if (from === 0 && !equalHash(fromRoot, EMPTY_ROOT)) return false
  if (to === 0 && !equalHash(toRoot, EMPTY_ROOT)) return false
  if (from === 0) return proof.length === 0
  if (from === to) return proof.length === 0 && equalHash(fromRoot, toRoot)
  const roots = rootsOf(from, to, proof, fromRoot)
  return roots !== null && equalHash(roots.from, fromRoot) && equalHash(roots.to, toRoot)
}

/**
 * The two roots that a consistency proof leads to (0 < from < to); null where it has not as many hashes as such a proof.
 * @param fromRoot stands in the proof's place where `from` is a power of two: then the proof leaves it out
 */
export const rootsOf = (
  from: number,
  to: number,
  proof: ReadonlyArray<Hash>,
  fromRoot: Hash,
): { readonly from: Hash; readonly to: Hash } | null => {
  if (proof.length === 0 || proof.some((hash) => hash.length !== HASH_BYTES)) return null
  let at = from - 1
  let last = to - 1
  while (at % 2 === 1) {
    at = half(at)
    last = half(last)
  }
  // A size that is a power of two is itself a node of the larger tree, so the proof leaves it out.
  let next = 0
  const start = at === 0 ? fromRoot : proof[next++]!
  let old = start
  let now = start
  for (; next < proof.length; next += 1) {
    const sibling = proof[next]!
    if (last === 0) return null
    if (at % 2 === 1 || at === last) {
      old = nodeHash(sibling, old)
      now = nodeHash(sibling, now)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      now = nodeHash(now, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 ? { from: old, to: now } : null
}
