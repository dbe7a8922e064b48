import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { UnavailableError } from "@assay/log"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { decodeVkey, openCheckpoint } from "@assay/transparency"
import { readPublished } from "@assay/transparency/storage"
import { describe, expect, test, vi } from "vitest"
import { SEALER_GROUP } from "../../src/sealer/commit-row.ts"
import { SealerError } from "../../src/sealer/error.ts"
import type { Sealer, SealStep } from "../../src/sealer/sealer.ts"
import { AUDIT, filesOf, ORIGIN, openPlant, type Plant, recordsOf, VKEY } from "./plant.ts"

const STEPS: ReadonlyArray<SealStep> = [
  "read",
  "keyed",
  "staged",
  "swapped",
  "applied",
  "published",
  "committed",
  "cleared",
]
const BATCHES = [300, 1, 255, 700]

const checkpointsOf = async ({ log }: Plant): Promise<Array<{ log: string; size: number; note: string }>> => {
  const records = await log.read({ stream: STREAMS.checkpoints, partition: 0 }, 0, 1000, 1 << 20)
  return records.map(({ value }) => {
    const { log, size, note } = decodeCheckpoint(value)
    return { log, size, note }
  })
}

const drain = async (sealer: Sealer): Promise<void> => {
  while ((await sealer.seal()) !== null);
}

/** Appends batch after batch and seals each; `crash` says after which step of which batch the process dies. */
const sealAll = async (plant: Plant, crash: { batch: number; step: SealStep } | null): Promise<void> => {
  let from = 0
  let armed = crash !== null
  for (const [i, count] of BATCHES.entries()) {
    await plant.log.append(AUDIT, recordsOf(from, from + count))
    from += count
    const dying = plant.sealer((step) => {
      if (!armed || i !== crash?.batch || step !== crash.step) return
      armed = false
      throw new Error("killed")
    })
    if (i === crash?.batch) await expect(drain(dying)).rejects.toThrow("killed")
    // A new process: nothing but what is durable.
    await drain(plant.sealer())
  }
}

describe("the sealer", () => {
  test("every event is one leaf; checkpoints are signed, published and recorded", async () => {
    const plant = await openPlant()
    await sealAll(plant, null)
    const checkpoints = await checkpointsOf(plant)
    expect(checkpoints.map(({ size }) => size)).toEqual([300, 301, 556, 1256])
    const note = await readPublished(plant.tlog)
    expect(note).toBe(checkpoints.at(-1)!.note)
    expect(openCheckpoint(note!, decodeVkey(VKEY))).toMatchObject({ origin: ORIGIN, size: 1256 })
    expect(await plant.log.position(SEALER_GROUP, AUDIT)).toBe(1256)
    expect(await plant.sealer().seal()).toBeNull()
  })

  test("killed between any two steps of any seal, the log is that of an undisturbed run", async () => {
    const calm = await openPlant()
    await sealAll(calm, null)
    const files = filesOf(calm.tlog)
    const checkpoints = await checkpointsOf(calm)
    for (const batch of BATCHES.keys()) {
      for (const step of STEPS) {
        const plant = await openPlant()
        await sealAll(plant, { batch, step })
        expect(filesOf(plant.tlog), `killed after ${step} of seal ${batch}`).toEqual(files)
        expect(await checkpointsOf(plant)).toEqual(checkpoints)
      }
    }
  })

  test("the same sealer goes on after a failure, from what is durable", async () => {
    for (const step of STEPS) {
      const plant = await openPlant()
      await plant.log.append(AUDIT, recordsOf(0, 600))
      let failures = 1
      const sealer = plant.sealer((now) => {
        if (now === step && failures-- > 0) throw new Error("disk full")
      }, 250)
      await expect(sealer.seal()).rejects.toThrow("disk full")
      await drain(sealer)
      expect(sealer).toMatchObject({ size: 600, next: 600 })
      expect((await checkpointsOf(plant)).map(({ size }) => size)).toEqual([250, 500, 600])
    }
  })

  test("two calls at once seal one after the other", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, recordsOf(0, 40))
    const sealer = plant.sealer(undefined, 20)
    expect(await Promise.all([sealer.seal(), sealer.seal(), sealer.seal()])).toEqual([
      { size: 20, count: 20 },
      { size: 40, count: 20 },
      null,
    ])
  })

  test("a seal whose swap comes to be after its failure, and after the next was staged, is finished", async () => {
    const calm = await openPlant()
    for (const [from, to] of [
      [0, 44],
      [44, 54],
      [54, 60],
    ] as const) {
      await calm.log.append(AUDIT, recordsOf(from, to))
      await calm.sealer().seal()
    }
    const plant = await openPlant()
    const { cells } = plant.log
    const swap = cells.swap.bind(cells)
    await plant.log.append(AUDIT, recordsOf(0, 44))
    const sealer = plant.sealer()
    await sealer.seal()
    await plant.log.append(AUDIT, recordsOf(44, 54))
    // As on a cluster that lost its leader: the answer is lost, and what was asked for comes to be later.
    let late: (() => Promise<boolean>) | null = null
    const spied = vi.spyOn(cells, "swap").mockImplementation(async (...call) => {
      if (late === null) {
        late = () => swap(...call)
        throw new UnavailableError("the answer was lost")
      }
      await late()
      spied.mockImplementation(swap)
      return swap(...call)
    })
    await expect(sealer.seal()).rejects.toThrow(UnavailableError)
    await plant.log.append(AUDIT, recordsOf(54, 56))
    await expect(sealer.seal()).rejects.toThrow("an earlier seal came to be after all")
    await plant.log.append(AUDIT, recordsOf(56, 60))
    await drain(sealer)
    // A new process finds it whole, and the log is that of an undisturbed run.
    await plant.sealer().resume()
    expect((await checkpointsOf(plant)).map(({ size }) => size)).toEqual([44, 54, 60])
    expect(filesOf(plant.tlog)).toEqual(filesOf(calm.tlog))
  })

  test("a second sealer fences the first", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, recordsOf(0, 10))
    const old = plant.sealer()
    await old.seal()
    await plant.log.append(AUDIT, recordsOf(10, 20))
    await plant.sealer().seal()
    await plant.log.append(AUDIT, recordsOf(20, 30))
    await expect(old.seal()).rejects.toMatchObject({ name: "SealerError", code: "fenced" })
  })

  test("refuses to go on over a directory that is not the row's", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, recordsOf(0, 10))
    await plant.sealer().seal()
    writeFileSync(join(plant.tlog, "tile/0/000.p/10"), Buffer.alloc(320))
    await expect(plant.sealer().resume()).rejects.toThrow(SealerError)
    writeFileSync(join(plant.tlog, "tile/0/000.p/10"), Buffer.alloc(3))
    await expect(plant.sealer().resume()).rejects.toMatchObject({ code: "diverged" })
  })

  test("what cannot be read as an event is sealed all the same", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, [{ key: Buffer.from("k"), value: Buffer.from("junk") }])
    expect(await plant.sealer().seal()).toEqual({ size: 1, count: 1 })
  })
})
