/** A log in memory, built by the code under test, and a plain recursive tree to compare it with. */
import { createHash } from "node:crypto"
import { TileBuilder } from "../src/tile/builder.ts"
import type { TileReader } from "../src/tile/nodes.ts"
import { type TileId, tilePath } from "../src/tile/path.ts"

/** RFC 6962 section 2.1 word for word. */
export const plainRoot = (leaves: ReadonlyArray<Uint8Array>): Buffer => {
  const sha = (...parts: ReadonlyArray<Uint8Array>): Buffer =>
    createHash("sha256").update(Buffer.concat(parts)).digest()
  if (leaves.length === 0) return sha()
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!)
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1)
  return sha(Buffer.of(1), plainRoot(leaves.slice(0, k)), plainRoot(leaves.slice(k)))
}

export class MemoryLog implements TileReader {
  readonly files = new Map<string, Uint8Array>()
  readonly builder = new TileBuilder()

  append(entries: ReadonlyArray<Uint8Array>): void {
    for (const { path, bytes } of this.builder.append(entries)) this.files.set(path, bytes)
  }

  async read(tile: TileId): Promise<Uint8Array | null> {
    return this.files.get(tilePath(tile)) ?? this.files.get(tilePath({ ...tile, width: 256 })) ?? null
  }
}

export const numbered = (count: number): Array<Buffer> =>
  Array.from({ length: count }, (_, i) => Buffer.from(`entry ${i}`))
