/** A log whose key was lost or stolen goes on as another one, and both are verified. */
import { createHash, createPrivateKey } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { decodeVkey, encodeVkey, keySigner, openCheckpoint, signCheckpoint, verifierKey } from "@assay/transparency"
import { olderDirectory, type Report, readPublished, verifyLine } from "@assay/transparency/storage"
import { beforeEach, describe, expect, test } from "vitest"
import { Sealer } from "../../src/sealer/sealer.ts"
import { type SuccessionStep, succeed } from "../../src/sealer/succession.ts"
import {
  AUDIT,
  erasureEvent,
  eventAt,
  ORIGIN,
  openPlant,
  orderErasure,
  type Plant,
  recordsOf,
  signer,
  VKEY,
} from "./plant.ts"

const NEXT = ORIGIN.replace("audit/", "audit.2/")
const seed = createHash("sha256").update("the key after the stolen one").digest()
const nextSigner = keySigner(
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  }),
)
const NEXT_VKEY = encodeVkey(verifierKey(NEXT, nextSigner.publicKey))

let plant: Plant
/** The last checkpoint that somebody else vouches for. */
let witnessed: string

beforeEach(async () => {
  plant = await openPlant()
  const sealer = plant.sealer()
  await plant.log.append(AUDIT, recordsOf(0, 300))
  await sealer.seal()
  witnessed = (await readPublished(plant.tlog))!
  await plant.log.append(AUDIT, recordsOf(300, 400))
  await sealer.seal()
})

const succeeded = (onStep?: (step: SuccessionStep) => void, last = witnessed): ReturnType<typeof succeed> =>
  succeed({
    log: plant.log,
    partition: 0,
    directory: plant.tlog,
    generation: 1,
    origin: NEXT,
    signer: nextSigner,
    keys: plant.keys,
    last: { head: openCheckpoint(last, decodeVkey(VKEY)), note: last },
    ...(onStep === undefined ? {} : { onStep }),
  })

const goOn = async (...given: Parameters<typeof succeeded>): Promise<string | null> =>
  (await succeeded(...given))?.note ?? null

const nextSealer = (): Sealer =>
  new Sealer({
    log: plant.log,
    partition: 0,
    directory: plant.tlog,
    origin: NEXT,
    signer: nextSigner,
    keys: plant.keys,
    maxBatch: 4096,
  })

const verify = async (
  change: (at: number, value: Uint8Array) => Uint8Array = (_, value) => value,
): Promise<ReadonlyArray<Report>> =>
  verifyLine(
    [
      { directory: olderDirectory(plant.tlog, 1), options: { vkey: VKEY, keys: plant.keys } },
      { directory: plant.tlog, options: { vkey: NEXT_VKEY, keys: plant.keys } },
    ],
    (async function* () {
      for await (const { offset, value } of plant.events()) yield { offset, value: change(offset, value) }
    })(),
  )

const summary = (reports: ReadonlyArray<Report>) =>
  reports.map(({ intact, size, compared, findings }) => ({
    intact,
    size,
    compared,
    found: findings.map(({ kind, leaf }) => [kind, leaf]),
  }))

const GOOD = [
  { intact: true, size: 300, compared: 300, found: [] },
  { intact: true, size: 601, compared: 600, found: [] },
]

describe("a successor", () => {
  test("begins with the last witnessed checkpoint, has the events since, and goes on; both are verified", async () => {
    await goOn()
    await plant.log.append(AUDIT, recordsOf(400, 900))
    expect(await nextSealer().seal()).toEqual({ size: 601, count: 500 })
    expect(summary(await verify())).toEqual(GOOD)
    expect(readFileSync(join(olderDirectory(plant.tlog, 1), "checkpoint"), "utf8")).toBe(witnessed)
  })

  test.each<SuccessionStep>(["built", "swapped", "recorded", "exchanged"])(
    "stopped after %s it is called again",
    async (step) => {
      const stopped = goOn((reached) => {
        if (reached === step) throw new Error("stopped")
      })
      await expect(stopped).rejects.toThrow("stopped")
      await goOn()
      await plant.log.append(AUDIT, recordsOf(400, 900))
      await nextSealer().seal()
      expect(summary(await verify())).toEqual(GOOD)
      const heads = await plant.log.read({ stream: STREAMS.checkpoints, partition: 0 }, 0, 100, 1 << 20)
      expect(heads).toHaveLength(4)
    },
  )

  test("a changed event is named by its leaf, in the old log and in the new one", async () => {
    await goOn()
    const other = (wanted: number) => (at: number, value: Uint8Array) =>
      at === wanted ? encodeAudit({ ...eventAt(at), detail: "another" }) : value
    expect(summary(await verify(other(299)))).toMatchObject([{ found: [["event-altered", 299]] }, { intact: true }])
    expect(summary(await verify(other(300)))).toMatchObject([{ intact: true }, { found: [["event-altered", 1]] }])
  })

  test("what the old key signs beyond the end counts nowhere, and another end is a finding", async () => {
    await goOn()
    const old = olderDirectory(plant.tlog, 1)
    const superseded = readFileSync(join(old, "checkpoint.superseded"), "utf8")
    writeFileSync(join(old, "checkpoint"), superseded)
    const reports = await verify()
    expect(reports.every(({ intact }) => intact)).toBe(false)
    expect(reports[1]!.findings).toContainEqual(expect.objectContaining({ kind: "history", leaf: 0 }))
  })

  test("a directory that does not continue the last checkpoint is refused, and nothing is changed", async () => {
    const forged = await signCheckpoint({ origin: ORIGIN, size: 300, root: Buffer.alloc(32, 1) }, signer)
    await expect(goOn(undefined, forged)).rejects.toThrow("does not continue the last checkpoint of 300 leaves")
    const longer = await signCheckpoint({ origin: ORIGIN, size: 4000, root: Buffer.alloc(32, 1) }, signer)
    await expect(goOn(undefined, longer)).rejects.toThrow("does not continue")
    await plant.log.append(AUDIT, recordsOf(400, 410))
    expect(await plant.sealer().seal()).toMatchObject({ size: 410 })
  })
})

test("says which accepted erasures at the end of the old log destroyed no key", async () => {
  const device = eventAt(0).device!
  const other = plant.keys.get(eventAt(1).device!)!.pseudonym
  const good = plant.keys.get(eventAt(2).device!)!.pseudonym
  // The one names the pseudonym of another device; both are sealed, and the process ends before their keys are looked at.
  for (const [offset, ordered] of [
    [400, await orderErasure(plant, device, other)],
    [401, await orderErasure(plant, eventAt(2).device!, good)],
  ] as const)
    await plant.log.append(AUDIT, [{ key: Buffer.from(""), value: encodeAudit(erasureEvent(offset, ordered)) }])
  const dying = plant.sealer((step) => {
    if (step === "erased") throw new Error("killed")
  })
  await expect(dying.seal()).rejects.toThrow("killed")
  const done = await succeeded()
  expect(done!.undone.map(({ message }) => message)).toEqual([
    expect.stringContaining("destroyed no key: the pseudonym that was signed is not the one of the device"),
  ])
  expect([plant.keys.isErased(other), plant.keys.isErased(good)]).toEqual([false, false])
})

test("is not begun where audit events are gone: which event a leaf stands for could not be counted", async () => {
  const cut = { group: "cutter", stream: STREAMS.audit, from: 0, next: 0, outputs: [] }
  await plant.log.commit(0, { ...cut, truncate: [{ stream: STREAMS.audit, before: 300 }] })
  expect((await plant.log.bounds(AUDIT)).start).toBeGreaterThan(0)
  await expect(goOn()).rejects.toThrow("are gone before they were read")
  expect(readFileSync(join(plant.tlog, "checkpoint"), "utf8")).toContain(ORIGIN)
})
