/** Builds inclusion and consistency proofs over tiles (RFC 9162 sections 2.1.3.1 and 2.1.4.1). */
import { Frontier } from "../compact.ts"
import { EMPTY_ROOT, type Hash, nodeHash } from "../hash.ts"
import type { NodeReader } from "../tile/nodes.ts"

/** The largest power of two below `n` (n > 1). */
const split = (n: number): number => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** The root of leaves [from, to). Subtrees that the tree stores are read, the ragged right edge is computed. */
const rangeRoot = async (nodes: NodeReader, from: number, to: number): Promise<Hash> => {
  const count = to - from
  const level = Math.log2(count)
  if (Number.isInteger(level) && from % count === 0) return nodes(level, from / count)
  const k = split(count)
  return nodeHash(await rangeRoot(nodes, from, from + k), await rangeRoot(nodes, from + k, to))
}

/** The root of the first `size` leaves. */
export const rootAt = async (nodes: NodeReader, size: number): Promise<Hash> =>
  size === 0 ? EMPTY_ROOT : rangeRoot(nodes, 0, size)

/** The compact range over the first `count` nodes of a level: the roots of the perfect subtrees over them, largest first. */
export const frontierAt = async (nodes: NodeReader, count: number, level = 0): Promise<Frontier> => {
  const found: Array<Hash> = []
  let at = 0
  for (let height = 52; height >= 0; height--) {
    const span = 2 ** height
    if (at + span > count) continue
    found.push(await nodes(level + height, at / span))
    at += span
  }
  return new Frontier(count, found)
}

/** The siblings from leaf `index` up to the root of the first `size` leaves. @throws RangeError */
export const buildInclusion = async (nodes: NodeReader, index: number, size: number): Promise<Array<Hash>> => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new RangeError(`leaf ${index} is not below ${size}`)
  const path = async (from: number, to: number): Promise<Array<Hash>> => {
    if (to - from === 1) return []
    const middle = from + split(to - from)
    return index < middle
      ? [...(await path(from, middle)), await rangeRoot(nodes, middle, to)]
      : [...(await path(middle, to)), await rangeRoot(nodes, from, middle)]
  }
  return path(0, size)
}

/** That the first `from` leaves of the tree are a prefix of the first `to`. Empty for from = 0 or from = to. @throws RangeError */
export const buildConsistency = async (nodes: NodeReader, from: number, to: number): Promise<Array<Hash>> => {
  if (!Number.isSafeInteger(from) || from < 0 || from > to)
    throw new RangeError(`${from} leaves are no prefix of ${to}`)
  if (from === 0) return []
  const sub = async (low: number, high: number, whole: boolean): Promise<Array<Hash>> => {
    if (from === high) return whole ? [] : [await rangeRoot(nodes, low, high)]
    const middle = low + split(high - low)
    return from <= middle
      ? [...(await sub(low, middle, whole)), await rangeRoot(nodes, middle, high)]
      : [...(await sub(middle, high, false)), await rangeRoot(nodes, low, middle)]
  }
  return sub(0, to, true)
}
