/** Invariant 6: no audit event can be changed, removed or reordered without the exact leaf being named. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { decodeAudit, decodeCheckpoint, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { buildProof, decodeVkey, Frontier, leafHash, NoteError, signCheckpoint, verifyProof } from "@assay/transparency"
import {
  directoryTiles,
  type ErasureReader,
  type RecordedHead,
  type Report,
  readEntry,
  readPublished,
  verifyDirectory,
} from "@assay/transparency/storage"
import { type AuditEvent, erasedIn, erasureTarget } from "@assay/trust"
import fc from "fast-check"
import { beforeEach, describe, expect, test } from "vitest"
import {
  AUDIT,
  erasureEvent,
  eventAt,
  ORIGIN,
  type Ordered,
  openPlant,
  orderErasure,
  type Plant,
  recordsOf,
  signer,
  VKEY,
} from "./plant.ts"

const SIZE = 1000
let plant: Plant
let stored: Array<{ offset: number; value: Uint8Array; time?: number }>
let since: string

beforeEach(async () => {
  plant = await openPlant()
  const sealer = plant.sealer()
  await plant.log.append(AUDIT, recordsOf(0, 400))
  await sealer.seal()
  since = (await readPublished(plant.tlog))!
  await plant.log.append(AUDIT, recordsOf(400, SIZE))
  await sealer.seal()
  stored = []
  for await (const { offset, value } of plant.events()) stored.push({ offset, value })
})

async function* each(events: typeof stored): AsyncGenerator<(typeof stored)[number]> {
  yield* events
}

const verify = (
  events = stored,
  more: {
    since?: string
    history?: Array<string>
    position?: number
    stamps?: ReadonlyMap<number, number>
    keys?: null
    erasures?: ErasureReader
    maxFindings?: number
  } = {},
): Promise<Report> => {
  const { history, stamps, ...rest } = more
  const records = async function* (): AsyncGenerator<RecordedHead> {
    for (const note of history ?? []) yield { note, stamp: stamps?.get(Number(note.split("\n")[1])) ?? null }
  }
  return verifyDirectory(plant.tlog, { vkey: VKEY, keys: plant.keys, history: records, ...rest }, each(events))
}

const named = ({ findings }: Report): Array<[string, number | null]> => findings.map(({ kind, leaf }) => [kind, leaf])

const altered = (at: number): { offset: number; value: Uint8Array } => ({
  offset: at,
  value: encodeAudit({ ...eventAt(at), detail: "somebody else did it" }),
})

const flip = (path: string, at: number): void => {
  const file = join(plant.tlog, path)
  const bytes = readFileSync(file)
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}

/** Whether the bytes name the place of another stored event. */
const namesAnother = (value: Uint8Array, at: number): boolean => {
  try {
    const { origin, index } = decodeAudit(value)
    const isStored = index === eventAt(0).index && origin.epoch === 1 && origin.partition === 0 && origin.offset < SIZE
    return isStored && origin.offset >= 0 && origin.offset !== at
  } catch {
    return false // no event at all
  }
}

describe("verification of a directory", () => {
  test("an untouched log is intact; without an earlier checkpoint it is self-consistent only", async () => {
    expect(await verify()).toMatchObject({ intact: true, anchored: false, compared: SIZE, findings: [] })
    expect((await verify()).summary).toContain("self-consistent only")
    expect(await verify(stored, { since })).toMatchObject({ intact: true, anchored: true })
  })

  test("events that are not sealed yet are counted, not blamed", async () => {
    await plant.log.append(AUDIT, recordsOf(SIZE, SIZE + 5))
    const events: typeof stored = []
    for await (const event of plant.events()) events.push(event)
    expect(await verify(events)).toMatchObject({ intact: true, unsealed: 5, sealedTo: SIZE })
  })

  test("any changed event is named by leaf and origin", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: SIZE - 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (at, byte, bits) => {
          const value = Buffer.from(stored[at]!.value)
          value[byte % value.length]! ^= bits
          // One that names another's place is that event doubled, and its own gone: reported in another way.
          fc.pre(!namesAnother(value, at))
          const report = await verify(stored.with(at, { offset: at, value }))
          expect(named(report)).toEqual([["event-altered", at]])
          expect(report.findings[0]!.event).toEqual({ origin: expect.objectContaining({ offset: at }), index: 4000 })
        },
      ),
      { numRuns: 25 },
    )
  })

  test("an event under another key than its device is named", async () => {
    const keyed = stored.map((event, i) => ({ ...event, key: Buffer.from(eventAt(i).device ?? "") }))
    expect(await verify(keyed)).toMatchObject({ intact: true })
    expect(named(await verify(keyed.with(7, { ...keyed[7]!, key: Buffer.from("zz") })))).toEqual([["event-altered", 7]])
  })

  test("removed, inserted, doubled and moved events are named", async () => {
    expect(named(await verify(stored.toSpliced(700, 3)))).toEqual([
      ["event-missing", 700],
      ["event-missing", 701],
      ["event-missing", 702],
    ])
    expect(named(await verify(stored.slice(0, 998)))).toEqual([
      ["event-missing", 998],
      ["event-missing", 999],
    ])
    const foreign = { offset: 5000, value: encodeAudit(eventAt(5000)) }
    expect(named(await verify(stored.toSpliced(256, 0, foreign)))).toEqual([["event-inserted", 256]])
    expect(named(await verify(stored.toSpliced(10, 0, stored[9]!)))).toEqual([["event-inserted", 10]])
    const swapped = stored.with(20, stored[21]!).with(21, stored[20]!)
    expect(named(await verify(swapped))).toEqual([["event-moved", 20]])
    expect(named(await verify(stored.toSpliced(600, 1).toSpliced(3, 0, stored[600]!)))).toEqual([["event-moved", 600]])
    expect(named(await verify(stored.toSpliced(3, 1).toSpliced(600, 0, stored[3]!)))).toEqual([["event-moved", 3]])
    // Each copy counts, also where two of them stand before their turn.
    expect(named(await verify(stored.toSpliced(0, 0, stored[5]!, stored[5]!)))).toEqual([
      ["event-inserted", 0],
      ["event-moved", 5],
      ["event-inserted", 6],
    ])
  })

  test("a changed entry, a changed leaf hash and a changed upper node are distinguished", async () => {
    flip("tile/entries/001", 40)
    const entry = await verify()
    expect(named(entry)).toHaveLength(1)
    expect(entry.findings[0]).toMatchObject({ kind: "entry-altered" })
    flip("tile/entries/001", 40)
    flip("tile/0/002", 32 * 7 + 3)
    expect(named(await verify())).toEqual([["tile-altered", 512 + 7]])
    flip("tile/0/002", 32 * 7 + 3)
    flip("tile/1/000.p/3", 32 + 1)
    expect(named(await verify())).toEqual([["node-altered", 256]])
  })

  test("event and entry changed to fit each other: the tree still names the leaf", async () => {
    const other = await openPlant()
    await other.log.append(AUDIT, recordsOf(0, SIZE).with(300, { key: Buffer.from("k"), value: altered(300).value }))
    await other.sealer().seal()
    cpSync(join(other.tlog, "tile/entries"), join(plant.tlog, "tile/entries"), { recursive: true })
    expect(named(await verify(stored.with(300, altered(300))))).toEqual([["leaf-altered", 300]])
  })

  /** Another log with one event changed, to take files from. */
  const rebuiltWith = async (at: number, sizes: ReadonlyArray<number>): Promise<Plant> => {
    const other = await openPlant()
    const sealer = other.sealer()
    const records = recordsOf(0, sizes.at(-1)!).with(at, { key: Buffer.from("k"), value: altered(at).value })
    let from = 0
    for (const to of sizes) {
      await other.log.append(AUDIT, records.slice(from, to))
      await sealer.seal()
      from = to
    }
    return other
  }
  const takeFrom = (other: Plant, ...paths: ReadonlyArray<string>): void => {
    for (const path of paths) cpSync(join(other.tlog, path), join(plant.tlog, path))
  }
  const SEALS = [400, SIZE]

  test("event, entry and leaf hash changed together: the upper tiles tell the block, checkpoints narrow it down", async () => {
    const other = await rebuiltWith(450, SEALS)
    takeFrom(other, "tile/entries/001", "tile/0/001")
    const events = stored.with(450, altered(450))
    const alone = await verify(events)
    expect(alone.summary).toContain("one or more of leaves 256 to 511 were changed; which, the tree cannot tell")
    const report = await verify(events, { history: [since] })
    expect(report.intact).toBe(false)
    expect(report.summary).toContain("one or more of leaves 400 to 511 were changed")
  })

  test("event, entry and leaf hash changed together: two checkpoints a leaf apart name it", async () => {
    const history: Array<string> = []
    for (const size of [SIZE + 1, SIZE + 2, SIZE + 200]) {
      await plant.log.append(AUDIT, recordsOf(stored.length, size))
      await plant.sealer().seal()
      history.push((await readPublished(plant.tlog))!)
      stored = []
      for await (const { offset, value } of plant.events()) stored.push({ offset, value })
    }
    const at = SIZE + 1
    const other = await rebuiltWith(at, [...SEALS, SIZE + 1, SIZE + 2, SIZE + 200])
    takeFrom(other, "tile/entries/003", "tile/0/003", "tile/entries/004.p/176", "tile/0/004.p/176")
    const report = await verify(stored.with(at, altered(at)), { history })
    expect(named(report)).toContainEqual(["leaf-altered", at])
    expect(report.summary).toContain(`leaf ${at}`)
  })

  test("event, entry and leaf hash changed together: an older partial tile names each leaf", async () => {
    const more = SIZE + 10
    await plant.log.append(AUDIT, recordsOf(SIZE, more))
    const history = [(await readPublished(plant.tlog))!]
    await plant.sealer().seal()
    const events: typeof stored = []
    for await (const { offset, value } of plant.events()) events.push({ offset, value })
    const at = 900
    const other = await rebuiltWith(at, [400, SIZE, more])
    takeFrom(other, `tile/entries/003.p/${more - 768}`, `tile/0/003.p/${more - 768}`)
    const report = await verify(events.with(at, altered(at)), { history })
    expect(named(report)).toContainEqual(["leaf-altered", at])
    expect(report.summary).toContain(`leaf ${at}`)
  })

  test("the whole tree rebuilt without the log's key: the signed root does not fit, history narrows it down", async () => {
    const other = await openPlant()
    await other.log.append(AUDIT, recordsOf(0, SIZE).with(300, { key: Buffer.from("k"), value: altered(300).value }))
    await other.sealer().seal()
    cpSync(join(other.tlog, "tile"), join(plant.tlog, "tile"), { recursive: true })
    const report = await verify(stored.with(300, altered(300)), { history: [since] })
    expect(named(report)).toEqual(
      expect.arrayContaining([
        ["root", null],
        ["history", null],
      ]),
    )
    const words = report.findings.map(({ text }) => text).join()
    expect(words).toContain("signed at 400 leaves")
    expect(words).toContain("one or more of leaves 0 to 399 were changed; which, the tree cannot tell")
  })

  test("the whole tree rebuilt WITH the log's key: only an earlier checkpoint finds it", async () => {
    const other = await openPlant()
    await other.log.append(AUDIT, recordsOf(0, SIZE).with(300, { key: Buffer.from("k"), value: altered(300).value }))
    await other.sealer().seal()
    cpSync(other.tlog, plant.tlog, { recursive: true })
    const events = stored.with(300, altered(300))
    expect((await verify(events)).summary).toContain("self-consistent only")
    expect(named(await verify(events, { since }))).toEqual([["history", null]])
  })

  test("a log that was cut is found by a later checkpoint, and by its own events never", async () => {
    const now = (await readPublished(plant.tlog))!
    writeFileSync(join(plant.tlog, "checkpoint"), since)
    expect((await verify(stored.slice(0, 400))).intact).toBe(true)
    expect(named(await verify(stored.slice(0, 400), { since: now }))).toEqual([["history", null]])
  })

  test("a log that was rolled back to an older signed checkpoint is found by those that its own stream holds", async () => {
    const now = (await readPublished(plant.tlog))!
    writeFileSync(join(plant.tlog, "checkpoint"), since)
    const forged = stored.map((event, i) => (i < 400 ? event : altered(i)))
    const report = await verify(forged, { history: [since, now] })
    expect(named(report)).toEqual([["history", null]])
    expect(report.summary).toContain(`audit.checkpoints holds a signed head of ${SIZE}`)
  })

  test("a stream of checkpoints that was emptied, cut or filled with others' is found", async () => {
    const now = (await readPublished(plant.tlog))!
    const position = SIZE
    expect(await verify(stored, { history: [since, now], position })).toMatchObject({ intact: true })
    // A seal that died before it committed: the head of the position is the one before.
    expect(await verify(stored, { history: [since], position: 400 })).toMatchObject({ intact: true })
    expect(named(await verify(stored, { history: [], position }))).toEqual([["history", null]])
    expect(named(await verify(stored, { history: [since], position }))).toEqual([["history", null]])
    const other = await signCheckpoint(
      { origin: "other.example/log", size: 3, root: leafHash(Buffer.from("x")) },
      signer,
    )
    expect(named(await verify(stored, { history: [since, now, other], position }))).toEqual([["history", null]])
  })

  test("a record that is stamped before its predecessor, or not as audit.checkpoints recorded", async () => {
    const stamped: typeof stored = []
    const stamps = new Map<number, number>()
    const history: Array<string> = []
    for await (const { offset, value, time } of plant.events()) stamped.push({ offset, value, time })
    const checkpoints = await plant.log.read({ stream: STREAMS.checkpoints, partition: 0 }, 0, 10, 1 << 20)
    for (const { value } of checkpoints) {
      const { size, time, note } = decodeCheckpoint(value)
      stamps.set(size, time)
      history.push(note)
    }
    expect(await verify(stamped, { history, stamps })).toMatchObject({ intact: true })
    const restamp = (at: number, by: number): typeof stored =>
      stamped.with(at, { ...stamped[at]!, time: stamped[at]!.time! + by })
    expect(named(await verify(restamp(500, -1_000), { history, stamps }))).toEqual([["stamp-altered", null]])
    const later = stamped.map((record) => ({ ...record, time: record.time! + 1_000 }))
    expect(named(await verify(later, { history, stamps }))).toEqual([
      ["stamp-altered", 399],
      ["stamp-altered", SIZE - 1],
    ])
  })

  test("stamps that are moved between two heads, or together with those of audit.checkpoints, are not found: nobody signed them", async () => {
    const stamped: typeof stored = []
    for await (const { offset, value, time } of plant.events()) stamped.push({ offset, value, time })
    const history = [since, (await readPublished(plant.tlog))!]
    const stampsOf = (events: typeof stored): ReadonlyMap<number, number> =>
      new Map([400, SIZE].map((size) => [size, events[size - 1]!.time!]))
    const intact = { intact: true, findings: [] }
    expect(await verify(stamped, { history, stamps: stampsOf(stamped) })).toMatchObject(intact)
    // Between two heads: every record of the second seal has the stamp of its last.
    const last = stamped.at(-1)!.time!
    const flat = stamped.map((event, i) => (i < 400 ? event : { ...event, time: last }))
    expect(await verify(flat, { history, stamps: stampsOf(stamped) })).toMatchObject(intact)
    // Together: the whole record a day later.
    const later = stamped.map((event) => ({ ...event, time: event.time! + 86_400_000 }))
    expect(await verify(later, { history, stamps: stampsOf(later) })).toMatchObject(intact)
    // What anybody reads of an event is the time in it, and that is sealed.
    const at = 700
    const value = encodeAudit({ ...eventAt(at), time: eventAt(at).time + 1 })
    expect(named(await verify(stamped.with(at, { ...stamped[at]!, value }), { history }))).toEqual([
      ["event-altered", at],
    ])
  })

  test("a head of audit.checkpoints that stands behind a larger one, or twice, is found", async () => {
    const now = (await readPublished(plant.tlog))!
    for (const history of [
      [now, since],
      [since, since, now],
    ]) {
      const report = await verify(stored, { history })
      expect(named(report)).toEqual([["history", null]])
      expect(report.summary).toContain("1 records of audit.checkpoints stand behind one of as many leaves or more")
    }
  })

  test("reads the heads of audit.checkpoints one by one while the leaves go by, however many there are", async () => {
    const heads = new Frontier()
    const notes: Array<string> = []
    const tile = async (index: number): Promise<Uint8Array> =>
      (await directoryTiles(plant.tlog).read({ level: 0, index, width: Math.min(256, SIZE - 256 * index) }))!
    const hashes = Buffer.concat([await tile(0), await tile(1), await tile(2), await tile(3)])
    for (let at = 0; at < SIZE; at += 1) {
      heads.append(hashes.subarray(32 * at, 32 * (at + 1)))
      notes.push(await signCheckpoint({ origin: ORIGIN, size: at + 1, root: heads.root() }, signer))
    }
    let leaves = 0
    let ahead = 0
    async function* counted(): AsyncGenerator<(typeof stored)[number]> {
      for (const event of stored) {
        leaves += 1
        yield event
      }
    }
    const history = async function* (): AsyncGenerator<RecordedHead> {
      let given = 0
      for (const note of notes) {
        given += 1
        ahead = Math.max(ahead, given - leaves)
        yield { note, stamp: null }
      }
    }
    const options = { vkey: VKEY, keys: plant.keys, history, position: SIZE }
    expect(await verifyDirectory(plant.tlog, options, counted())).toMatchObject({ intact: true, compared: SIZE })
    expect(ahead).toBeLessThanOrEqual(1)
    // Each of them counts: one that was signed over another tree is found, in the middle too.
    notes[499] = await signCheckpoint({ origin: ORIGIN, size: 500, root: leafHash(Buffer.from("x")) }, signer)
    const report = await verifyDirectory(plant.tlog, options, counted())
    expect(report.summary).toContain("the tree departs from a checkpoint signed at 500 leaves")
  })

  test.each([
    ["missing", null],
    ["junk", "junk"],
    ["of another origin", "other.example/log"],
  ])("a checkpoint that is %s", async (_name, text) => {
    const path = join(plant.tlog, "checkpoint")
    if (text === null) rmSync(path)
    else if (text === "junk") writeFileSync(path, text)
    else writeFileSync(path, await signCheckpoint({ origin: text, size: 3, root: leafHash(Buffer.from("x")) }, signer))
    expect(named(await verify())).toContainEqual(["checkpoint", null])
  })

  test("a checkpoint nobody signed may name any size: the search ends where the files do", async () => {
    const note = (await readPublished(plant.tlog))!
    writeFileSync(join(plant.tlog, "checkpoint"), note.replace(`\n${SIZE}\n`, "\n9000000000000000\n"))
    expect(named(await verify())).toContainEqual(["checkpoint", null])
  })

  test("bytes behind the end of a tile, and an entry too many in a bundle, are named: other clients refuse them", async () => {
    for (const path of ["tile/0/001", "tile/1/000.p/3"]) {
      const file = join(plant.tlog, path)
      const bytes = readFileSync(file)
      writeFileSync(file, Buffer.concat([bytes, Buffer.of(0)]))
      expect((await verify()).intact, path).toBe(false)
      writeFileSync(file, bytes)
    }
    const bundle = join(plant.tlog, `tile/entries/003.p/${SIZE - 768}`)
    writeFileSync(bundle, Buffer.concat([readFileSync(bundle), Buffer.of(0, 1, 7)]))
    expect(named(await verify())).toEqual([["unreadable", 768]])
  })

  test("missing and torn files are named", async () => {
    rmSync(join(plant.tlog, "tile/entries/002"))
    writeFileSync(join(plant.tlog, "tile/0/001"), Buffer.alloc(100))
    const report = await verify()
    expect(named(report)).toContainEqual(["unreadable", 256])
    expect(named(report)).toContainEqual(["unreadable", 512])
  })

  const erased = (ordered: Ordered): AuditEvent => erasureEvent(SIZE, ordered)
  /** Takes every erasure for signed, or none. */
  const reader = (problem: string | null = null, byRoots = false): ErasureReader => ({
    read: async (event) => {
      const pseudonym = erasedIn(event)
      return pseudonym === null ? null : { pseudonym: Buffer.from(pseudonym, "hex"), problem, byRoots }
    },
  })
  const device = "did:key:zDevice3"
  const theirs = Array.from({ length: SIZE }, (_, i) => i).filter((i) => eventAt(i).device === device)
  const eraseAndSeal = async (): Promise<void> => {
    const { pseudonym } = plant.keys.get(device)!
    const value = encodeAudit(erased(await orderErasure(plant, device, pseudonym)))
    await plant.log.append(AUDIT, [{ key: Buffer.from(""), value }, ...recordsOf(SIZE + 1, SIZE + 20)])
    const sealer = plant.sealer()
    expect(await sealer.seal()).toMatchObject({ count: 1, cut: true })
    expect(plant.keys.isErased(pseudonym)).toBe(true)
    expect(await sealer.seal()).toMatchObject({ count: 19 })
    stored = []
    for await (const { offset, value } of plant.events()) stored.push({ offset, value })
  }

  test("an erased device's leaves keep their place; everybody else's are compared as before", async () => {
    await eraseAndSeal()
    const good = { intact: true, erased: theirs.length, findings: [] }
    // The device came back under another name, whose leaves are compared.
    expect(await verify(stored, { since, erasures: reader() })).toMatchObject(good)
  })

  test("an erased device's event that is not stored any more is missing, one or all of them", async () => {
    await eraseAndSeal()
    const one = await verify(stored.toSpliced(theirs[3]!, 1), { since, erasures: reader() })
    expect(named(one)).toEqual([["event-missing", theirs[3]]])
    const left = stored.filter((_, i) => !theirs.includes(i))
    const all = await verify(left, { since, erasures: reader(), maxFindings: SIZE })
    expect(named(all)).toEqual(theirs.map((at) => ["event-missing", at]))
  })

  test("an erased device's event names nobody else: one of them, or all of them with a living device", async () => {
    await eraseAndSeal()
    const other = "did:key:zDevice4"
    const relabelled = (at: number, to: string) => ({
      offset: at,
      value: encodeAudit({ ...eventAt(at), device: to, detail: "forged" }),
    })
    const at = theirs[5]!
    const one = await verify(stored.with(at, relabelled(at, "did:key:zStranger")), { since, erasures: reader() })
    expect(named(one)).toEqual([["event-altered", at]])
    const moved = stored.map((event, i) => (theirs.includes(i) ? relabelled(i, other) : event))
    const all = await verify(moved, { since, erasures: reader() })
    expect(all.intact).toBe(false)
    expect(all.summary).toContain("had another key at the time")
  })

  test("two erased devices are not made one another", async () => {
    const other = "did:key:zDevice4"
    const { pseudonym } = plant.keys.get(other)!
    const erasure = erased(await orderErasure(plant, other, pseudonym))
    await plant.log.append(AUDIT, [{ key: Buffer.from(""), value: encodeAudit(erasure) }])
    await plant.sealer().seal()
    await eraseAndSeal()
    expect(await verify(stored, { since, erasures: reader() })).toMatchObject({ intact: true })
    const moved = stored.map((event, i) =>
      theirs.includes(i) ? { offset: i, value: encodeAudit({ ...eventAt(i), device: other }) } : event,
    )
    expect((await verify(moved, { since, erasures: reader() })).summary).toContain("had another key at the time")
  })

  test("of an erased device's event everything but the device and its message is still vouched for", async () => {
    await eraseAndSeal()
    const at = theirs[5]!
    for (const more of [{ to: "revoked" as const }, { reasons: ["identity.stale" as const] }, { time: 7 }]) {
      const value = encodeAudit({ ...eventAt(at), ...more })
      const report = await verify(stored.with(at, { offset: at, value }), { since, erasures: reader() })
      expect(named(report)).toEqual([["event-altered", at]])
    }
  })

  test("a key that is gone is no erasure: each leaf is a finding", async () => {
    const { pseudonym } = plant.keys.get(device)!
    await plant.keys.erase(pseudonym)
    // The attack: change an event, and overwrite the slot of its device.
    const at = theirs[0]!
    const report = await verify(
      stored.with(at, { offset: at, value: encodeAudit({ ...eventAt(at), detail: "other" }) }),
      {
        since,
        erasures: reader(),
      },
    )
    expect(report.intact).toBe(false)
    expect(named(report).slice(0, 2)).toEqual([
      ["erasure-unproven", theirs[0]],
      ["erasure-unproven", theirs[1]],
    ])
    expect(report.summary).toContain("the log holds no signed erasure of it")
  })

  test("an erasure that nobody signed, and one that cannot be looked at, do not count", async () => {
    await eraseAndSeal()
    const forged = await verify(stored, { erasures: reader("its signatures are refused (control.threshold)") })
    expect(named(forged)).toContainEqual(["erasure-unproven", SIZE])
    expect(named(forged)).toContainEqual(["erasure-unproven", theirs[0]])
    const unknown = await verify(stored)
    expect(unknown.intact).toBe(false)
    expect(unknown.summary).toContain("without the pinned roots")
  })

  test("an erasure that was put into the audit stream after it was sealed does not count", async () => {
    const { pseudonym } = plant.keys.get(device)!
    await plant.keys.erase(pseudonym)
    const added = { offset: SIZE, value: encodeAudit(erased(await orderErasure(plant, device, pseudonym))) }
    const report = await verify([...stored, added], { since, erasures: reader() })
    expect(named(report)).toContainEqual(["erasure-unproven", theirs[0]])
  })

  describe("an erasure that names another key than the one of the device that was judged", () => {
    const other = "did:key:zDevice4"
    const judged = async (pseudonym: Uint8Array, event = (made: Ordered): AuditEvent => erased(made)) => {
      const undone: Error[] = []
      const ordered = await orderErasure(plant, device, pseudonym)
      await plant.log.append(AUDIT, [{ key: Buffer.from(""), value: encodeAudit(event(ordered)) }])
      const sealer = plant.sealer(undefined, 4096, (cause) => undone.push(cause))
      await sealer.seal()
      stored = []
      for await (const { offset, value } of plant.events()) stored.push({ offset, value })
      return undone.map(({ message }) => message)
    }

    test("destroys neither, is reported by the sealer, and verify finds it", async () => {
      const keys = [plant.keys.get(device)!, plant.keys.get(other)!]
      expect(await judged(keys[1]!.pseudonym)).toEqual([expect.stringContaining("is not the one of the device")])
      expect([plant.keys.get(device), plant.keys.get(other)]).toEqual(keys)
      const report = await verify(stored, { since, erasures: reader() })
      expect(named(report)).toEqual([["erasure-undone", SIZE]])
      expect(report.summary).toContain("destroyed no key")
    })

    test("nor does one that names a pseudonym of nobody", async () => {
      expect(await judged(new Uint8Array(16))).toHaveLength(1)
      expect(plant.keys.get(device)).not.toBeNull()
      expect(named(await verify(stored, { since, erasures: reader() }))).toEqual([["erasure-undone", SIZE]])
    })

    test("nor one that names a device erased before, whose key is gone already", async () => {
      const { pseudonym } = plant.keys.get(other)!
      await plant.keys.erase(pseudonym)
      expect(await judged(pseudonym)).toHaveLength(1)
      expect(plant.keys.get(device)).not.toBeNull()
    })

    test("nor one whose command is not in submitted, or opens another target", async () => {
      const { pseudonym } = plant.keys.get(device)!
      expect(await judged(pseudonym, (made) => erased({ ...made, at: made.at + 1 }))).toEqual([
        expect.stringContaining("its command is not in submitted"),
      ])
      const target = erasureTarget({ pseudonym: Buffer.from(pseudonym).toString("hex"), opening: "A".repeat(43) })
      expect(await judged(pseudonym, (made) => erased({ ...made, target }))).toEqual([
        expect.stringContaining("does not open the target"),
      ])
      expect(plant.keys.get(device)).not.toBeNull()
    })
  })

  test("an erasure of a device whose leaves say that it was revoked counts only by the roots", async () => {
    const at = SIZE
    const revoked = encodeAudit({ ...eventAt(at), device, kind: "transition", to: "revoked" })
    await plant.log.append(AUDIT, [{ key: Buffer.from("k"), value: revoked }])
    await plant.sealer().seal()
    await eraseAndSeal()
    expect(named(await verify(stored, { since, erasures: reader() }))).toEqual([["erasure-unproven", at + 1]])
    expect(named(await verify(stored, { since, erasures: reader(null, true) }))).toEqual([])
  })

  test("a crash after any step of the seal of an erasure leaves no key behind", async () => {
    for (const crash of ["staged", "swapped", "applied", "published", "erased", "committed"] as const) {
      const other = await openPlant()
      await other.log.append(AUDIT, recordsOf(0, 50))
      await other.sealer().seal()
      const { pseudonym } = other.keys.get(device)!
      const ordered = await orderErasure(other, device, pseudonym)
      await other.log.append(AUDIT, [{ key: Buffer.from(""), value: encodeAudit(erased(ordered)) }])
      const dying = other.sealer((step) => {
        if (step === crash) throw new Error("crashed")
      })
      await expect(dying.seal()).rejects.toThrow("crashed")
      const next = other.sealer()
      await next.resume()
      await next.seal()
      expect(other.keys.isErased(pseudonym), crash).toBe(true)
      expect(next.size).toBe(51)
    }
  })

  test("without the device keys, names and kinds are compared, and the tree", async () => {
    expect(await verify(stored, { keys: null })).toMatchObject({ intact: true, compared: 0 })
    flip("tile/entries/001", 40)
    expect((await verify(stored, { keys: null })).intact).toBe(false)
  })
})

describe("a proof of one event", () => {
  test("is built from the directory and verified without it", async () => {
    const note = (await readPublished(plant.tlog))!
    const tiles = directoryTiles(plant.tlog)
    const entry = (await readEntry(tiles, 777, SIZE))!
    const proof = await buildProof(777, note, tiles)
    expect(verifyProof(proof, entry, decodeVkey(VKEY))).toMatchObject({
      index: 777,
      head: { origin: ORIGIN, size: SIZE },
    })
    expect(() => verifyProof(proof, changed(entry), decodeVkey(VKEY))).toThrow(NoteError)
  })
})

const changed = (entry: Uint8Array): Uint8Array => {
  const other = Buffer.from(entry)
  other[10]! ^= 1
  return other
}
