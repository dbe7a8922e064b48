/** C2SP tlog-tiles. */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { rootOf } from "../src/compact.ts"
import { leafHash } from "../src/hash.ts"
import { rootAt } from "../src/proof/build.ts"
import { decodeEntries, encodeEntries } from "../src/tile/bundle.ts"
import { nodesOf } from "../src/tile/nodes.ts"
import { tilePath } from "../src/tile/path.ts"
import { MemoryLog, numbered } from "./memory.ts"

describe("C2SP tlog-tiles", () => {
  test.each([
    [{ level: 0, index: 1234067, width: 256 }, "tile/0/x001/x234/067"],
    [{ level: 0, index: 0, width: 1 }, "tile/0/000.p/1"],
    [{ level: 1, index: 999, width: 255 }, "tile/1/999.p/255"],
    [{ level: "entries" as const, index: 1000, width: 256 }, "tile/entries/x001/000"],
  ])("%j is %s", (id, path) => {
    expect(tilePath(id)).toBe(path)
  })

  test("the specification's example: a tree of 70,000 leaves has these tiles at its right edge", () => {
    const log = new MemoryLog()
    log.append(numbered(70_000))
    for (const path of [
      "tile/0/272",
      "tile/0/273.p/112",
      "tile/1/000",
      "tile/1/001.p/17",
      "tile/2/000.p/1",
      "tile/entries/273.p/112",
    ]) {
      expect(log.files.has(path), path).toBe(true)
    }
    expect([...log.files.keys()].filter((path) => !path.includes("entries"))).toHaveLength(273 + 1 + 2 + 1)
  })

  test("however a log is cut into batches, its tree is the same and readable at every size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 }), async (batches) => {
        const log = new MemoryLog()
        const all = numbered(batches.reduce((a, b) => a + b, 0))
        let done = 0
        for (const count of batches) {
          log.append(all.slice(done, done + count))
          done += count
          expect(await rootAt(nodesOf(log, done), done)).toEqual(rootOf(all.slice(0, done).map(leafHash)))
        }
      }),
      { numRuns: 40 },
    )
  })

  test("entry bundles round-trip, and refuse torn bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        const bundle = encodeEntries(entries)
        expect(decodeEntries(bundle)?.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]))
        if (entries.length > 0 && entries.at(-1)!.length > 0) expect(decodeEntries(bundle.subarray(0, -1))).toBeNull()
      }),
    )
    expect(decodeEntries(Buffer.alloc(2 * 257))).toBeNull()
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow(RangeError)
  })
})
