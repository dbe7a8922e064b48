/** From a block on, the roots of blocks are compared with the signed root without reading those before. */
import { expect, test } from "vitest"
import type { TreeHead } from "../../../src/checkpoint.ts"
import { Frontier } from "../../../src/compact.ts"
import { type Hash, nodeHash, sha256 } from "../../../src/hash.ts"
import { refuseUnsignedBlocks } from "../../../src/storage/archive/blocks.ts"
import { ArchiveError } from "../../../src/storage/archive/error.ts"
import type { TileReader } from "../../../src/tile/nodes.ts"
import { TILE_WIDTH } from "../../../src/tile/path.ts"

const BLOCKS = 3 * TILE_WIDTH + 5
const SIZE = BLOCKS * TILE_WIDTH

/** A tree whose blocks are made up: only their roots are looked at. */
const roots = Array.from({ length: BLOCKS }, (_, n) => sha256(Buffer.from(`block ${n}`)))
const above = (hashes: ReadonlyArray<Hash>): Hash => {
  let row = [...hashes]
  while (row.length > 1) row = row.filter((_, i) => i % 2 === 0).map((left, i) => nodeHash(left, row[2 * i + 1]!))
  return row[0]!
}
const level2 = [0, 1, 2].map((n) => above(roots.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)))
const whole = new Frontier()
for (const root of roots) whole.append(root)
const head: TreeHead = { origin: "log.example", size: SIZE, root: new Frontier(SIZE, whole.nodes).root() }

const reading = (change: (level: number, hashes: ReadonlyArray<Hash>) => ReadonlyArray<Hash> = (_, same) => same) => {
  const read: Array<string> = []
  const tiles: TileReader = {
    read: async ({ level, index }) => {
      read.push(`${level}/${index}`)
      const hashes = level === 1 ? roots.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH) : level2
      return Buffer.concat(change(Number(level), hashes))
    },
  }
  return { tiles, read }
}

test("the tiles before the block's own are not read", async () => {
  const { tiles, read } = reading()
  await refuseUnsignedBlocks(tiles, head, 2 * TILE_WIDTH + 77)
  expect(new Set(read)).toEqual(new Set(["2/0", "1/2", "1/3"]))
  await refuseUnsignedBlocks(tiles, head)
  expect(read).toContain("1/0")
})

test("what the tiles above say of those before is compared all the same", async () => {
  const other = (level: number, hashes: ReadonlyArray<Hash>): ReadonlyArray<Hash> =>
    level === 2 ? [roots[0]!, ...hashes.slice(1)] : hashes
  await expect(refuseUnsignedBlocks(reading(other).tiles, head, TILE_WIDTH)).rejects.toThrow(ArchiveError)
})
