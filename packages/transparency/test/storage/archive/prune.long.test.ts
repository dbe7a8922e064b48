import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { leafHash } from "../../../src/hash.ts"
import { buildInclusion } from "../../../src/proof/build.ts"
import { verifyInclusion } from "../../../src/proof/verify.ts"
import { Archive } from "../../../src/storage/archive/archive.ts"
import { ArchiveError } from "../../../src/storage/archive/error.ts"
import { type PruneStep, prune } from "../../../src/storage/archive/prune.ts"
import { readPruned } from "../../../src/storage/archive/pruned.ts"
import { checkArchive, restore } from "../../../src/storage/archive/restore.ts"
import { parseRetention } from "../../../src/storage/archive/retention.ts"
import { withArchive } from "../../../src/storage/archive/tiles.ts"
import { directoryTiles, entriesFrom } from "../../../src/storage/directory.ts"
import { nodesOf, type TileReader } from "../../../src/tile/nodes.ts"
import { numbered } from "../../memory.ts"
import { type ArchivedPlant, ORIGIN, openArchived } from "./plant.ts"

const SIZE = 5 * 256 + 9
const ALL = numbered(SIZE).map(String)

const entriesIn = async (tiles: TileReader): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for await (const entry of entriesFrom(tiles, 0, SIZE)) found.push(Buffer.from(entry).toString())
  return found
}

/** Every entry is what it was, in the directory or in the archive. */
const expectAllThere = async (plant: ArchivedPlant): Promise<void> => {
  expect(await entriesIn(withArchive(directoryTiles(plant.directory), Archive.at(plant.away, ORIGIN)))).toEqual(ALL)
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (cause: unknown) => {
      if (cause instanceof ArchiveError) return cause.code
      throw cause
    },
  )

describe("pruning", () => {
  test("whole bundles below the limit go, what is in the archive is what they held, and every proof is still built", async () => {
    const plant = await openArchived(SIZE)
    expect(await prune(await plant.options(3 * 256 + 100))).toMatchObject({ minimum: 3 * 256, bundles: 3 })
    expect(plant.bundles()).toEqual([3, 4])
    expect(await readPruned(plant.directory)).toMatchObject({ log: ORIGIN, minimum: 3 * 256 })
    await expectAllThere(plant)
    const nodes = nodesOf(directoryTiles(plant.directory), SIZE)
    for (const index of [0, 300, SIZE - 1]) {
      const proof = await buildInclusion(nodes, index, SIZE)
      expect(verifyInclusion(leafHash(numbered(SIZE)[index]!), index, SIZE, plant.head.root, proof)).toBe(true)
    }
  })

  test("it goes on from where it was, never beyond the log, and a second call of the same changes nothing", async () => {
    const plant = await openArchived(SIZE)
    await prune(await plant.options(256))
    expect(await prune(await plant.options(10 * SIZE))).toMatchObject({ minimum: 5 * 256, bundles: 4 })
    expect(await prune(await plant.options(256))).toEqual({ minimum: 5 * 256, bundles: 0, bytes: 0 })
    expect(plant.bundles()).toEqual([])
    await expectAllThere(plant)
  })

  test.each<PruneStep>(["archived", "stated", "removed"])(
    "killed after %s it loses nothing, and goes on",
    async (step) => {
      const plant = await openArchived(SIZE)
      const dying = prune(
        await plant.options(4 * 256, (reached) => {
          if (reached === step) throw new Error("killed")
        }),
      )
      await expect(dying).rejects.toThrow("killed")
      await expectAllThere(plant)
      expect(await prune(await plant.options(4 * 256))).toMatchObject({ minimum: 4 * 256 })
      expect(plant.bundles()).toEqual([4])
      await expectAllThere(plant)
    },
  )

  test("the next call begins where the last one ended, also where that was killed before it was durable", async () => {
    const plant = await openArchived(SIZE)
    await prune(await plant.options(2 * 256))
    expect(await readPruned(plant.directory)).toMatchObject({ minimum: 2 * 256, removed: 2 * 256 })
    // It is gone for good, and is not looked for: whoever puts something there is found by assay verify.
    mkdirSync(join(plant.directory, "tile/entries"), { recursive: true })
    writeFileSync(join(plant.directory, "tile/entries/000"), "none of ours")
    const dying = prune(
      await plant.options(4 * 256, (reached) => {
        if (reached === "removed") throw new Error("killed")
      }),
    )
    await expect(dying).rejects.toThrow("killed")
    expect(await readPruned(plant.directory)).toMatchObject({ minimum: 4 * 256, removed: 2 * 256 })
    await prune(await plant.options(4 * 256))
    expect(await readPruned(plant.directory)).toMatchObject({ minimum: 4 * 256, removed: 4 * 256 })
    rmSync(join(plant.directory, "tile/entries/000"))
    await expectAllThere(plant)
    await restore(await plant.options(SIZE), 256)
    expect(await readPruned(plant.directory)).toMatchObject({ minimum: 256, removed: 256 })
  })

  test("a bundle that is not what the tree holds stays, and nothing after it goes", async () => {
    const plant = await openArchived(SIZE)
    const path = join(plant.directory, "tile/entries/001")
    const bytes = readFileSync(path)
    bytes[10]! ^= 1
    writeFileSync(path, bytes)
    expect(await codeOf(prune(await plant.options(SIZE)))).toBe("differs")
    expect(plant.bundles()).toEqual([0, 1, 2, 3, 4])
    rmSync(path)
    expect(await codeOf(prune(await plant.options(SIZE)))).toBe("differs")
  })

  test("tiles that do not make the signed root let nothing go", async () => {
    const plant = await openArchived(SIZE)
    const options = await plant.options(SIZE)
    const other = { ...options, head: { ...options.head, root: leafHash(Buffer.from("another")) } }
    expect(await codeOf(prune(other))).toBe("differs")
    expect(plant.bundles()).toHaveLength(5)
  })

  test("an archive of another log, or a pruned.json of one, is refused", async () => {
    const plant = await openArchived(SIZE)
    await prune(await plant.options(256))
    const options = await plant.options(512)
    expect(await codeOf(prune({ ...options, head: { ...options.head, origin: "other.example/log" } }))).toBe(
      "other-log",
    )
    const [name] = readdirSync(plant.away)
    writeFileSync(join(plant.away, name!, "origin"), "other.example/log\n")
    expect(await codeOf(Archive.open(plant.away, ORIGIN))).toBe("other-log")
  })

  test("a file of the archive that was damaged is written anew before the entries go", async () => {
    const plant = await openArchived(SIZE)
    const stopped = prune(
      await plant.options(256, () => {
        throw new Error("killed")
      }),
    )
    await expect(stopped).rejects.toThrow("killed")
    const [name] = readdirSync(plant.away)
    const entries = join(plant.away, name!, "entries")
    writeFileSync(join(entries, readdirSync(entries)[0]!), "torn")
    await prune(await plant.options(256))
    await expectAllThere(plant)
  })
})

describe("restoring", () => {
  test("brings all of it back, or what is asked for, and can be stopped", async () => {
    const plant = await openArchived(SIZE)
    const options = await plant.options(SIZE)
    await prune(options)
    expect(await restore(options, 2 * 256 + 1)).toEqual({ minimum: 2 * 256, bundles: 3 })
    expect(plant.bundles()).toEqual([2, 3, 4])
    const stopped = restore(options, 0, () => {
      throw new Error("killed")
    })
    await expect(stopped).rejects.toThrow("killed")
    expect(await restore(options, 0)).toMatchObject({ minimum: 0 })
    expect(plant.bundles()).toEqual([0, 1, 2, 3, 4])
    expect(await entriesIn(directoryTiles(plant.directory))).toEqual(ALL)
  })

  test("a file that is missing or holds other entries is named, and writes nothing", async () => {
    const plant = await openArchived(SIZE)
    const options = await plant.options(2 * 256)
    await prune(options)
    expect(await checkArchive(options)).toEqual({ pruned: 2, archived: 2, missing: [] })
    const [name] = readdirSync(plant.away)
    const entries = join(plant.away, name!, "entries")
    const [first, second] = readdirSync(entries).sort()
    writeFileSync(join(entries, first!), readFileSync(join(entries, second!)))
    expect(await checkArchive(options)).toEqual({ pruned: 2, archived: 1, missing: [join(entries, first!)] })
    expect(await codeOf(restore(options, 0))).toBe("not-archived")
    expect(plant.bundles()).toEqual([2, 3, 4])
  })
})

test.each([
  ["no JSON", "keep"],
  ['{"format":"assay-retention/2","keep":"9d","witnessed":true,"anchored":true}', "format"],
  ['{"format":"assay-retention/1","keep":"9 days","witnessed":true,"anchored":true}', "keep"],
  ['{"format":"assay-retention/1","keep":"9d","witnessed":"yes","anchored":true}', "true or false"],
  ['{"format":"assay-retention/1","keep":"9d","witnessed":true,"anchored":true,"more":1}', "more"],
])("a retention that is %s is refused", (text, why) => {
  expect(() => parseRetention(text)).toThrow(why === "keep" && text === "no JSON" ? "JSON" : why)
})
