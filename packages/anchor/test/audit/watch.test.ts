/** What a contract holds, beside the anchor log that a reader is shown. */
import { leafHash, rootOf } from "@assay/transparency"
import { expect, test } from "vitest"
import { ChainWatch } from "../../src/audit/watch.ts"
import { openLog, SIGNER } from "../plant.ts"

const entry = (nth: number, what = "checkpoint"): Uint8Array => Buffer.from(`${what} ${nth}`)
const rootAt = (size: number, what?: string): Uint8Array =>
  rootOf(Array.from({ length: size }, (_, nth) => leafHash(entry(nth, what))))

const watched = async (size: number) => {
  const log = await openLog()
  await log.append(
    Array.from({ length: size }, (_, nth) => entry(nth)),
    SIGNER,
  )
  const now = {
    ms: 1_000_000,
    head: { size: 0, root: new Uint8Array(32) } as { size: number; root: Uint8Array } | null,
  }
  const watch = new ChainWatch({
    head: async () => {
      if (now.head === null) throw new Error("nobody answers")
      return now.head
    },
    tiles: log.tiles,
    stallMs: 60_000,
    now: () => now.ms,
  })
  const look = () => watch.look(log.head)
  return { log, now, watch, look }
}

test("a contract that holds a prefix of what is shown agrees, whatever its size", async () => {
  const { now, look } = await watched(300)
  for (const size of [0, 1, 2, 7, 256, 299, 300]) {
    now.head = { size, root: rootAt(size) }
    expect(await look(), `${size}`).toEqual({ size, problem: null })
  }
})

test("another tree, and more leaves than are shown, are problems", async () => {
  const { now, look } = await watched(300)
  now.head = { size: 200, root: rootAt(200, "another") }
  expect((await look()).problem).toContain("two histories")
  now.head = { size: 301, root: rootAt(301) }
  expect((await look()).problem).toContain("301 leaves, and 300 are shown here")
})

test("a contract that stays behind is a problem after a while, and none once it moves", async () => {
  const { now, look } = await watched(10)
  now.head = { size: 4, root: rootAt(4) }
  expect((await look()).problem).toBeNull()
  now.ms += 60_001
  expect((await look()).problem).toContain("for 60 s")
  now.head = { size: 9, root: rootAt(9) }
  expect((await look()).problem).toBeNull()
  now.head = { size: 10, root: rootAt(10) }
  now.ms += 600_000
  expect((await look()).problem).toBeNull()
})

test("a node that does not answer is a problem, and before anything is shown there is nothing to compare", async () => {
  const { now, look, watch } = await watched(1)
  now.head = null
  expect(await look()).toEqual({ size: null, problem: expect.stringContaining("nobody answers") })
  now.head = { size: 5, root: rootAt(5) }
  expect(await watch.look(null)).toEqual({ size: 5, problem: null })
})
