/** Who is answered that a message was taken, and who may take a partition, while a log is ended beside it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { ENDED_UNSEEN_MS, withdrawNext, writeNext } from "@assay/engine"
import { type Log, LogEndedError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { afterEach, beforeEach, expect, it } from "vitest"
import { guardEpoch } from "../../src/log/epoch-guard.ts"

const NEXT = { epoch: 2, to: "plant2." }
const at = { stream: STREAMS.submitted, partition: 0 }
const record = { key: Buffer.from("k"), value: Buffer.from("v") }

let dir: string
let opened: Log
let looks: number
let now: number
/** Called while an append is under way. */
let during: () => Promise<void>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-epoch-guard-"))
  opened = await openEmbedded({ dir, partitions: 1 })
  looks = 0
  now = 1_000_000
  during = async () => undefined
})
afterEach(async () => {
  await opened.close()
  rmSync(dir, { recursive: true, force: true })
})

/** As a log that processes share. */
const guarded = (): Log =>
  guardEpoch(
    {
      ...opened,
      traits: { ...opened.traits, shared: true },
      append: async (where, records) => {
        const appended = await opened.append(where, records)
        await during()
        return appended
      },
      cells: {
        ...opened.cells,
        get: (partition, name) => {
          looks++
          return opened.cells.get(partition, name)
        },
      },
    },
    () => now,
  )
const count = async (): Promise<number> => (await opened.read(at, 0, 100, 1 << 20)).length

it("leaves a log that has one process as it is", () => {
  expect(guardEpoch(opened)).toBe(opened)
})

it("looks at first, and then once in a while, and refuses before anything is appended", async () => {
  const log = guarded()
  await log.append(at, [record])
  await log.append(at, [record])
  expect(looks).toBe(1)
  await writeNext(opened, NEXT)
  // Whoever has ended it waits for twice as long: these are carried over.
  now += ENDED_UNSEEN_MS / 2
  await log.append(at, [record])
  expect(await count()).toBe(3)
  now += ENDED_UNSEEN_MS
  await expect(log.append(at, [record])).rejects.toThrow(LogEndedError)
  expect(await count()).toBe(3)
})

it("looks beside the appends before it must, so that none waits", async () => {
  const log = guarded()
  await log.append(at, [record])
  await writeNext(opened, NEXT)
  now += ENDED_UNSEEN_MS / 2 + 1
  // The first one finds it or the second: no more time passes.
  const twice = async (): Promise<void> => {
    await log.append(at, [record])
    await nextTurn()
    await log.append(at, [record])
  }
  await expect(twice()).rejects.toThrow("epoch 2 goes on from it at plant2.")
})

it("acknowledges nothing where it slept in the append until the log was ended", async () => {
  const log = guarded()
  await log.append(at, [record])
  during = async () => {
    await writeNext(opened, NEXT)
    now += ENDED_UNSEEN_MS + 1
  }
  await expect(log.append(at, [record])).rejects.toThrow(LogEndedError)
  // It lies there: the next epoch carries it over, or leaves it, and knows it again when it comes once more.
  expect(await count()).toBe(2)
})

it("lets nobody take a partition of a log that was ended, and everybody where that was withdrawn", async () => {
  const log = guarded()
  await log.take("chained", at)
  await writeNext(opened, NEXT)
  await expect(log.take("chained", at)).rejects.toThrow(LogEndedError)
  expect(await withdrawNext(opened, NEXT)).toBe(true)
  await expect(guarded().take("chained", at)).resolves.toBe(0)
})

it("has nothing to do with other streams", async () => {
  const log = guarded()
  await writeNext(opened, NEXT)
  await log.append({ stream: STREAMS.deadletter, partition: 0 }, [record])
  expect(looks).toBe(0)
})
