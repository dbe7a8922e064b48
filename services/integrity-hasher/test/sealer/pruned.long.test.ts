/** Invariant 6 over a pruned log: what is verified without the entries, and what needs the archive. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeAudit } from "@assay/schemas"
import { decodeVkey, openCheckpoint } from "@assay/transparency"
import { Archive, parseRetention, prune } from "@assay/transparency/archive"
import { type ErasureReader, type Report, readPublished, verifyDirectory } from "@assay/transparency/storage"
import { beforeEach, expect, test } from "vitest"
import { AUDIT, eventAt, ORIGIN, openPlant, type Plant, recordsOf, VKEY } from "./plant.ts"

const SIZE = 300
const PRUNED = 256
const RETENTION = parseRetention('{"format":"assay-retention/1","keep":"0d","witnessed":false,"anchored":false}')

let plant: Plant
let away: string
let stored: Array<{ offset: number; value: Uint8Array }>

const pruneBelow = async (below: number): Promise<void> => {
  const note = (await readPublished(plant.tlog))!
  const head = openCheckpoint(note, decodeVkey(VKEY))
  const archive = await Archive.open(away, ORIGIN)
  await prune({ directory: plant.tlog, archive, retention: RETENTION, head, note, below })
}

beforeEach(async () => {
  plant = await openPlant()
  away = join(plant.dir, "archive")
  await plant.log.append(AUDIT, recordsOf(0, SIZE))
  await plant.sealer().seal()
  stored = []
  for await (const { offset, value } of plant.events()) stored.push({ offset, value })
  await pruneBelow(SIZE)
})

const verify = (
  events = stored,
  more: { archive?: string; erasures?: ErasureReader; keys?: null; maxFindings?: number } = {},
): Promise<Report> =>
  verifyDirectory(
    plant.tlog,
    { vkey: VKEY, keys: plant.keys, ...more },
    (async function* () {
      yield* events
    })(),
  )

const named = ({ findings }: Report): Array<[string, number | null]> => findings.map(({ kind, leaf }) => [kind, leaf])

const altered = (at: number): { offset: number; value: Uint8Array } => ({
  offset: at,
  value: encodeAudit({ ...eventAt(at), detail: "somebody else did it" }),
})

test("an untouched log is intact with the archive and without, and says how much was pruned", async () => {
  const counts = { intact: true, compared: SIZE, minimum: PRUNED, findings: [] }
  expect(await verify()).toMatchObject({ ...counts, pruned: PRUNED })
  expect(await verify(stored, { archive: away })).toMatchObject({ ...counts, pruned: 0 })
  expect(await verify(stored, { keys: null })).toMatchObject({ intact: true, pruned: PRUNED })
})

test("a changed, removed or moved event is named by its leaf, also where the entry is not there", async () => {
  for (const archive of [{}, { archive: away }]) {
    expect(named(await verify(stored.with(100, altered(100)), archive))).toEqual([["event-altered", 100]])
    expect(named(await verify(stored.toSpliced(100, 1), archive))).toEqual([["event-missing", 100]])
    const swapped = stored.with(100, stored[101]!).with(101, stored[100]!)
    expect(named(await verify(swapped, archive)).map(([kind]) => kind)).toContain("event-moved")
    const twice = stored.toSpliced(100, 0, stored[100]!)
    expect(named(await verify(twice, archive))).toContainEqual(["event-inserted", 101])
  }
})

test("a changed tile is distinguished from a changed event by the signed root", async () => {
  const path = join(plant.tlog, "tile/0/000")
  const bytes = readFileSync(path)
  bytes[100 * 32]! ^= 1
  writeFileSync(path, bytes)
  expect(named(await verify())).toContainEqual(["tile-altered", 100])
})

test("a file of the archive that is gone, torn or another one is a finding, where the archive is asked for", async () => {
  const [name] = readdirSync(away)
  const entries = join(away, name!, "entries")
  const [file] = readdirSync(entries)
  const found = async (): Promise<ReadonlyArray<readonly [string, number | null]>> =>
    named(await verify(stored, { archive: away })).filter(([kind]) => kind === "unreadable")
  writeFileSync(join(entries, file!), "torn")
  expect(await found()).toEqual([["unreadable", 0]])
  rmSync(join(entries, file!))
  expect(await found()).toEqual([["unreadable", 0]])
})

test("entries that are gone and were not pruned are findings as before", async () => {
  rmSync(join(plant.tlog, "tile/entries/001.p"), { recursive: true })
  expect(named(await verify())).toContainEqual(["unreadable", PRUNED])
  writeFileSync(join(plant.tlog, "pruned.json"), "{}")
  expect(named(await verify())).toContainEqual(["unreadable", null])
})

test("what an erased device's leaves say needs the archive; without it they are findings, and never intact", async () => {
  const device = "did:key:zDevice3"
  const theirs = stored.filter((_, at) => eventAt(at).device === device).map(({ offset }) => offset)
  const { pseudonym } = plant.keys.get(device)!
  await plant.keys.erase(pseudonym)
  // The erasure itself is sealed after the device's leaves, as a reader of signatures would find it.
  const at = SIZE
  await plant.log.append(AUDIT, [{ key: Buffer.from(""), value: encodeAudit({ ...eventAt(at), device: null }) }])
  await plant.sealer().seal()
  const all: typeof stored = []
  for await (const { offset, value } of plant.events()) all.push({ offset, value })
  const erasures: ErasureReader = {
    read: async ({ origin }) => (origin.offset === at ? { pseudonym, problem: null, byRoots: false } : null),
  }
  const without = await verify(all, { erasures, maxFindings: SIZE })
  expect(named(without)).toEqual(
    theirs.filter((leaf) => leaf < PRUNED).map((leaf) => ["entry-archived", leaf] as [string, number]),
  )
  expect(await verify(all, { erasures, archive: away })).toMatchObject({
    intact: true,
    erased: theirs.length,
    findings: [],
  })
  // Without a signed erasure a key that is gone hides nothing, in the archive either.
  expect(named(await verify(all, { archive: away }))).toContainEqual(["erasure-unproven", theirs[0]])
})

test("the sealer goes on over a pruned log, and more of it is pruned", async () => {
  await plant.log.append(AUDIT, recordsOf(SIZE, 2 * SIZE))
  await plant.sealer().seal()
  await pruneBelow(2 * SIZE)
  const all: typeof stored = []
  for await (const { offset, value } of plant.events()) all.push({ offset, value })
  expect(await verify(all)).toMatchObject({ intact: true, compared: 2 * SIZE, minimum: 512 })
})
