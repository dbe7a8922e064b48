/**
 * A Merkle tree (RFC 6962) in memory whose leaves may be replaced, added and taken away at the end: only the nodes above a changed leaf
 * are hashed again. All complete subtrees are kept, level by level: 64 bytes for each leaf.
 */
import { EMPTY_ROOT, HASH_BYTES, type Hash, nodeHash, type TileReader } from "@assay/transparency"

/** Levels of a tile (C2SP tlog-tiles). */
const TILE_HEIGHT = 8
const TILE_WIDTH = 2 ** TILE_HEIGHT

type Tile = Parameters<TileReader["read"]>[0]

export class EditableTree implements TileReader {
  /** Of each level the hashes of its complete subtrees, and room for more. */
  readonly #levels: Array<Buffer> = [Buffer.alloc(0)]
  #size = 0
  /** Leaves that changed since the nodes above were hashed. */
  #changed: Array<number> = []
  #hashed = 0

  get size(): number {
    return this.#size
  }

  /** How many nodes were hashed so far. */
  get hashed(): number {
    return this.#hashed
  }

  /** The hash of a leaf. Not to be kept: it may change under the caller. */
  leaf(index: number): Hash {
    return this.#at(0, index)
  }

  /** @param index at most `size`: there it is a new leaf. @throws RangeError */
  set(index: number, hash: Hash): void {
    if (index < 0 || index > this.#size) throw new RangeError(`leaf ${index} is not one of ${this.#size}, nor the next`)
    this.#put(0, index, hash)
    if (index === this.#size) this.#size += 1
    this.#changed.push(index)
  }

  /** Takes the last leaf away. @throws RangeError where there is none */
  pop(): void {
    if (this.#size === 0) throw new RangeError("the tree has no leaf")
    this.#size -= 1
  }

  root(): Hash {
    this.#rehash()
    let right: Hash | null = null
    for (let level = 0, rest = this.#size; rest > 0; level += 1, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue
      const subtree = this.#at(level, rest - 1)
      right = right === null ? subtree : this.#hash(subtree, right)
    }
    return right === null ? EMPTY_ROOT : Uint8Array.from(right)
  }

  async read({ level, index, width }: Tile): Promise<Uint8Array | null> {
    this.#rehash()
    if (level === "entries") return null
    const row = level * TILE_HEIGHT
    const there = Math.floor(this.#size / 2 ** row)
    const first = index * TILE_WIDTH
    if (first + width > there) return null
    return Uint8Array.from(this.#levels[row]!.subarray(first * HASH_BYTES, (first + width) * HASH_BYTES))
  }

  /** The nodes above what changed, each once, level by level. What is no complete subtree any more is left as it is. */
  #rehash(): void {
    const { length } = this.#changed
    if (length === 0) return
    let indices: Iterable<number> = this.#changed
    this.#changed = []
    for (let level = 1, there = Math.floor(this.#size / 2); there > 0; level += 1, there = Math.floor(there / 2)) {
      const above = new Set<number>()
      for (const index of indices) if (index < 2 * there) above.add(Math.floor(index / 2))
      for (const index of above)
        this.#put(level, index, this.#hash(this.#at(level - 1, 2 * index), this.#at(level - 1, 2 * index + 1)))
      indices = above
    }
  }

  #hash(left: Hash, right: Hash): Hash {
    this.#hashed += 1
    return nodeHash(left, right)
  }

  #at(level: number, index: number): Hash {
    return this.#levels[level]!.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }

  #put(level: number, index: number, hash: Hash): void {
    const wanted = (index + 1) * HASH_BYTES
    const there = this.#levels[level] ?? Buffer.alloc(0)
    if (there.length < wanted) {
      const more = Buffer.alloc(Math.max(wanted, 2 * there.length))
      there.copy(more)
      this.#levels[level] = more
    }
    this.#levels[level]!.set(hash, index * HASH_BYTES)
  }
}
