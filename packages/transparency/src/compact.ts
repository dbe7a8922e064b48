/**
 * The compact range [0, size): the roots of the perfect subtrees that a tree of `size` leaves is made of, largest first.
 * It is all that a log must remember to go on. At most 53 hashes.
 */
import { EMPTY_ROOT, type Hash, nodeHash } from "./hash.ts"

/** Called for every node that becomes complete, leaves (level 0) included. `index` counts nodes of the level from 0. */
export type OnNode = (level: number, index: number, hash: Hash) => void

/** How many perfect subtrees a tree of this size has: the ones of its binary form. */
export const countSubtrees = (size: number): number => {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

export class Frontier {
  #size: number
  readonly #nodes: Array<Hash>

  /** @throws RangeError when `nodes` are not as many as a tree of `size` has. */
  constructor(size = 0, nodes: ReadonlyArray<Hash> = []) {
    if (!Number.isSafeInteger(size) || size < 0 || nodes.length !== countSubtrees(size)) {
      throw new RangeError(`a compact range of ${size} leaves does not have ${nodes.length} nodes`)
    }
    this.#size = size
    this.#nodes = [...nodes]
  }

  get size(): number {
    return this.#size
  }

  get nodes(): ReadonlyArray<Hash> {
    return this.#nodes
  }

  /** Adds the hash of the next leaf: one node hash per leaf on average. */
  append(hash: Hash, onNode?: OnNode): void {
    let carry = hash
    let level = 0
    let index = this.#size
    onNode?.(0, index, carry)
    while (index % 2 === 1) {
      carry = nodeHash(this.#nodes.pop()!, carry)
      index = (index - 1) / 2
      level += 1
      onNode?.(level, index, carry)
    }
    this.#nodes.push(carry)
    this.#size += 1
  }

  /** The Merkle tree hash of all leaves so far. */
  root(): Hash {
    let right = this.#nodes.at(-1)
    if (right === undefined) return EMPTY_ROOT
    for (let i = this.#nodes.length - 2; i >= 0; i -= 1) right = nodeHash(this.#nodes[i]!, right)
    return right
  }

  clone(): Frontier {
    return new Frontier(this.#size, this.#nodes)
  }
}

/** The Merkle tree hash over these leaf hashes. */
export const rootOf = (leaves: Iterable<Hash>): Hash => {
  const frontier = new Frontier()
  for (const leaf of leaves) frontier.append(leaf)
  return frontier.root()
}
