/**
 * Merkle Patricia tries, as Ethereum keeps the receipts of a block in them (Yellow Paper, appendix D): built of all values, with the
 * nodes that lead to one, and read again from such nodes alone. A key is followed by its nibbles; a node is RLP, and its parent holds
 * its Keccak-256, or the node itself where that is shorter than 32 bytes.
 */
import { fromRlp, type Hex, keccak256, toRlp } from "viem"

type Node = ReadonlyArray<Hex | Node>

export interface TrieItem {
  readonly key: Hex
  readonly value: Hex
}

/** keccak256(rlp(0x)): of the trie without values. */
export const EMPTY_TRIE: Hex = keccak256("0x80")

const nibblesOf = (hex: Hex): ReadonlyArray<number> => [...hex.slice(2)].map((digit) => Number.parseInt(digit, 16))

/** Hex-prefix encoding (appendix C). */
const compact = (nibbles: ReadonlyArray<number>, isLeaf: boolean): Hex => {
  const flag = isLeaf ? 2 : 0
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles]
  return `0x${all.map((nibble) => nibble.toString(16)).join("")}`
}

const expanded = (hex: Hex): { readonly nibbles: ReadonlyArray<number>; readonly isLeaf: boolean } | null => {
  const [flag = 4, ...rest] = nibblesOf(hex)
  if (flag > 3) return null
  const isOdd = flag % 2 === 1
  if (!isOdd && rest[0] !== 0) return null
  return { nibbles: isOdd ? rest : rest.slice(1), isLeaf: flag >= 2 }
}

const rlpOf = (node: Node): Hex => toRlp(node as Parameters<typeof toRlp>[0] as Hex[])
const lengthOf = (hex: Hex): number => (hex.length - 2) / 2

interface Open {
  readonly path: ReadonlyArray<number>
  readonly value: Hex
}

const sharedFrom = (items: ReadonlyArray<Open>, depth: number): number => {
  const [first, ...others] = items
  let at = depth
  while (at < first!.path.length && others.every(({ path }) => path[at] === first!.path[at])) at += 1
  return at
}

/** @param wanted gets the nodes on the way to its path, the lowest first; null: none are asked for */
const nodeOf = (
  items: ReadonlyArray<Open>,
  depth: number,
  wanted: { readonly path: ReadonlyArray<number>; readonly nodes: Array<Hex> } | null,
): Node => {
  const child = (of: ReadonlyArray<Open>, from: number): Hex | Node => {
    const below = wanted !== null && of.some(({ path }) => path === wanted.path) ? wanted : null
    const node = nodeOf(of, from, below)
    const rlp = rlpOf(node)
    if (lengthOf(rlp) < 32) return node
    below?.nodes.push(rlp)
    return keccak256(rlp)
  }
  const [first] = items
  if (items.length === 1) return [compact(first!.path.slice(depth), true), first!.value]
  const shared = sharedFrom(items, depth)
  if (shared > depth) return [compact(first!.path.slice(depth, shared), false), child(items, shared)]
  const children = Array.from({ length: 16 }, (_, nibble): Hex | Node => {
    const below = items.filter(({ path }) => path[depth] === nibble)
    return below.length === 0 ? "0x" : child(below, depth + 1)
  })
  return [...children, items.find(({ path }) => path.length === depth)?.value ?? "0x"]
}

/**
 * The root over these items, and the nodes from it down to one of them.
 * @param items at least one, each key once
 * @param key of one of them
 */
export const buildTrie = (items: ReadonlyArray<TrieItem>, key: Hex): { readonly root: Hex; readonly proof: Hex[] } => {
  const open = items.map(({ key, value }) => ({ path: nibblesOf(key), value }))
  const wanted = open[items.findIndex((item) => item.key === key)]
  if (wanted === undefined) throw new RangeError(`no item of the trie has the key ${key}`)
  const nodes: Array<Hex> = []
  const rlp = rlpOf(nodeOf(open, 0, { path: wanted.path, nodes }))
  return { root: keccak256(rlp), proof: [rlp, ...nodes.reverse()] }
}

const nodeIn = (rlp: Hex): Node | null => {
  try {
    const node = fromRlp(rlp, "hex") as Hex | Node
    return typeof node === "string" ? null : node
  } catch {
    return null
  }
}

/** The value at `key` that these nodes, from the root down, prove; null where they prove none. */
export const valueInTrie = (root: Hex, key: Hex, proof: ReadonlyArray<Hex>): Hex | null => {
  let next = 0
  const resolve = (reference: Hex | Node | undefined): Node | null => {
    if (reference === undefined || typeof reference !== "string") return reference ?? null
    const rlp = proof[next++]
    return rlp !== undefined && keccak256(rlp) === reference ? nodeIn(rlp) : null
  }
  let path = nibblesOf(key)
  let node = resolve(root)
  while (node !== null) {
    if (node.length === 17) {
      const [nibble, ...rest] = path
      if (nibble === undefined) return leafValue(node[16], next === proof.length)
      node = resolve(node[nibble])
      path = rest
      continue
    }
    const way = node.length === 2 && typeof node[0] === "string" ? expanded(node[0]) : null
    if (way === null || !way.nibbles.every((nibble, at) => nibble === path[at])) return null
    path = path.slice(way.nibbles.length)
    if (way.isLeaf) return path.length === 0 ? leafValue(node[1], next === proof.length) : null
    node = resolve(node[1])
  }
  return null
}

/** Nodes that lead nowhere belong to no proof. */
const leafValue = (value: Hex | Node | undefined, isWhole: boolean): Hex | null =>
  isWhole && typeof value === "string" && value !== "0x" ? value : null
