/** A copy of a log that grows on: exactly the tiles of the tree that was asked for. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { equalHash, Frontier, leafHash, MissingTileError, nodesOf, rootAt, TileBuilder } from "../../src/index.ts"
import { copyTiles, directoryTiles, readEntry, writeAllDurable } from "../../src/storage/index.ts"

const SIZE = 700
const entry = (at: number): Uint8Array => Buffer.from(`entry ${at}`)
const root = mkdtempSync(join(tmpdir(), "assay-copy-"))

/** A log that was sealed at each of the sizes; a full tile makes its partial ones superfluous. */
const sealed = async (dir: string, sizes: ReadonlyArray<number>): Promise<void> => {
  const builder = new TileBuilder()
  for (const [n, size] of sizes.entries()) {
    const from = sizes[n - 1] ?? 0
    const files = builder.append(Array.from({ length: size - from }, (_, at) => entry(from + at)))
    await writeAllDurable(dir, files)
    for (const { path } of files)
      if (!path.includes(".p/")) rmSync(join(dir, `${path}.p`), { recursive: true, force: true })
  }
}
afterAll(() => rmSync(root, { recursive: true }))

test("has the root of its size, all entries, and nothing beyond", async () => {
  let nth = 0
  const sizes = fc.uniqueArray(fc.integer({ min: 1, max: SIZE }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (all, which) => {
      const ordered = all.toSorted((a, b) => a - b)
      const size = ordered[which % ordered.length]!
      const [log, to] = [join(root, `log-${nth}`), join(root, `copy-${nth++}`)]
      await sealed(log, ordered)
      await copyTiles(log, to, { size })
      const tiles = directoryTiles(to)
      const frontier = new Frontier()
      for (let at = 0; at < size; at++) frontier.append(leafHash(entry(at)))
      expect(equalHash(await rootAt(nodesOf(tiles, size), size), frontier.root())).toBe(true)
      expect(await readEntry(tiles, size - 1, size)).toEqual(entry(size - 1))
      expect(await readEntry(tiles, size, size + 1)).toBeNull()
    }),
    { numRuns: 3 },
  )
})

test("leaves out what was pruned, and refuses a log that lacks a tile", async () => {
  const [log, to] = [join(root, "log"), join(root, "pruned")]
  await sealed(log, [SIZE])
  rmSync(join(log, "tile/entries/000"))
  await expect(copyTiles(log, to, { size: SIZE })).rejects.toThrow(MissingTileError)
  await copyTiles(log, to, { size: SIZE, minimum: 256 })
  expect(readdirSync(join(to, "tile/entries")).sort()).toEqual(["001", "002.p"])
  await copyTiles(log, to, { size: SIZE, isElsewhere: (path) => path === "tile/entries/000" })
})
