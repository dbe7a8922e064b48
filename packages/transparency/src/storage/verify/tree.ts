/**
 * Rebuilds the tree while leaves go by: once over the hashes of the entries and, from the first difference on, once over
 * the hashes that the lowest tiles hold. The checkpoint tells which of the two was signed.
 */
import { Frontier } from "../../compact.ts"
import { equalHash, HASH_BYTES, type Hash } from "../../hash.ts"
import type { TileReader } from "../../tile/nodes.ts"
import { TILE_HEIGHT, TILE_WIDTH, widthAt } from "../../tile/path.ts"

const NO_HASH: Hash = new Uint8Array(HASH_BYTES)

/** Whether both are there and the same. */
export const equalNodes = (a: Hash | null, b: Hash | null): boolean => a !== null && b !== null && equalHash(a, b)

/** A node of an upper tile that is not the root of what lies below. */
export interface BadNode {
  readonly level: number
  readonly index: number
}

export class Rebuilt {
  readonly #size: number
  readonly #tiles: TileReader
  readonly #entries = new Frontier()
  #stored: Frontier | null = null
  #check: Array<{ level: number; index: number; hash: Hash }> = []
  readonly #open = new Map<number, { index: number; bytes: Uint8Array | null }>()

  constructor(tiles: TileReader, size: number) {
    this.#tiles = tiles
    this.#size = size
  }

  /** Returns the upper nodes that these leaves completed and that their tiles hold otherwise. */
  async append(entry: Hash | null, stored: Hash | null): Promise<ReadonlyArray<BadNode>> {
    if (!equalNodes(entry, stored)) this.#stored ??= this.#entries.clone()
    this.#stored?.append(stored ?? NO_HASH)
    this.#entries.append(entry ?? stored ?? NO_HASH, (level, index, hash) => {
      if (level > 0 && level % TILE_HEIGHT === 0) this.#check.push({ level: level / TILE_HEIGHT, index, hash })
    })
    if (this.#check.length === 0) return []
    const bad: Array<BadNode> = []
    for (const node of this.#check) if (!(await this.#holds(node.level, node.index, node.hash))) bad.push(node)
    this.#check = []
    return bad
  }

  /** Whether the leaves so far make this root: over the entries, over the lowest tiles. */
  has(root: Hash): { readonly entries: boolean; readonly tiles: boolean } {
    const entries = equalHash(this.#entries.root(), root)
    return { entries, tiles: this.#stored === null ? entries : equalHash(this.#stored.root(), root) }
  }

  async #holds(level: number, index: number, hash: Hash): Promise<boolean> {
    const number = Math.floor(index / TILE_WIDTH)
    let tile = this.#open.get(level)
    if (tile?.index !== number) {
      const width = widthAt(level, number, this.#size)
      tile = { index: number, bytes: await this.#tiles.read({ level, index: number, width }) }
      this.#open.set(level, tile)
    }
    const at = (index % TILE_WIDTH) * HASH_BYTES
    return tile.bytes !== null && equalHash(tile.bytes.subarray(at, at + HASH_BYTES), hash)
  }
}
