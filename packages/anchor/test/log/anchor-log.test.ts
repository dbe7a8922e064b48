import { hash } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { leafHash, openCheckpoint, rootOf } from "@assay/transparency"
import { readPublished } from "@assay/transparency/storage"
import { expect, test } from "vitest"
import { AnchorLog } from "../../src/index.ts"
import { hex, KEY_OF_LOG, openLog, SIGNER, scratch } from "../plant.ts"

const entry = (i: number): Uint8Array => Buffer.from(`checkpoint ${i}`)

test("it grows, is opened again where it was, and goes on; each head is that of its entries", async () => {
  const dir = scratch()
  let log = await openLog(dir)
  expect(log.head).toBeNull()
  let count = 0
  for (const more of [1, 2, 5, 300, 1, 256, 7]) {
    await log.append(
      Array.from({ length: more }, (_, i) => entry(count + i)),
      SIGNER,
    )
    count += more
    log = await openLog(dir)
    expect(log.head!.size).toBe(count)
    expect(hex(openCheckpoint(log.head!.note, KEY_OF_LOG).root)).toEqual(
      hex(rootOf(Array.from({ length: count }, (_, i) => leafHash(entry(i))))),
    )
  }
  const entries: Array<string> = []
  for await (const bytes of log.entries()) entries.push(Buffer.from(bytes).toString())
  expect(entries).toEqual(Array.from({ length: count }, (_, i) => `checkpoint ${i}`))
  expect(hex(await log.rootAt(3))).toEqual(hex(rootOf([0, 1, 2].map((i) => leafHash(entry(i))))))
  expect(await log.rootAt(count + 1)).toBeNull()
})

test("a growth that was cut short before its checkpoint leaves the log as it was, and the next one goes over it", async () => {
  const dir = scratch()
  const log = await openLog(dir)
  await log.append([entry(0), entry(1)], SIGNER)
  const before = await readPublished(dir)
  await log.append([Buffer.from("never published")], SIGNER)
  writeFileSync(join(dir, "checkpoint"), before!)
  const again = await openLog(dir)
  expect(again.head!.size).toBe(2)
  await again.append([entry(2)], SIGNER)
  expect(hex((await openLog(dir)).head!.root)).toEqual(hex(rootOf([0, 1, 2].map((i) => leafHash(entry(i))))))
})

test("tiles that are not those of the checkpoint, and another key, are refused", async () => {
  const dir = scratch()
  const log = await openLog(dir)
  await log.append([entry(0), entry(1)], SIGNER)
  await expect(AnchorLog.open(dir, { ...KEY_OF_LOG, id: 1 })).rejects.toThrow(/not signed by/)
  writeFileSync(join(dir, "tile/0/000.p/2"), Buffer.alloc(64))
  await expect(openLog(dir)).rejects.toMatchObject({ code: "log" })
  rmSync(join(dir, "tile"), { recursive: true })
  await expect(openLog(dir)).rejects.toMatchObject({ code: "log" })
})

/** Where the checkpoints of a log are, oldest first. */
const placesIn = async (log: AnchorLog, origin: string): Promise<Array<{ at: number; size: number }>> => {
  const found: Array<{ at: number; size: number }> = []
  for await (const { at, head } of log.checkpointsOf(origin)) found.unshift({ at, size: head.size })
  return found
}

test("the checkpoints of a log are found by its name, whatever the index covers; an index that is gone is made anew", async () => {
  const dir = scratch()
  const log = await openLog(dir)
  const note = (origin: string, size: number): Uint8Array =>
    Buffer.from(`${origin}\n${size}\n${Buffer.alloc(32, size).toString("base64")}\n`)
  const expected = new Map<string, Array<{ at: number; size: number }>>()
  let at = 0
  for (const count of [1, 3, 300, 2]) {
    const entries = Array.from({ length: count }, (_, i) => {
      const origin = `plant.example/${(at + i) % 3}`
      expected.set(origin, [...(expected.get(origin) ?? []), { at: at + i, size: 10 * (at + i) }])
      return note(origin, 10 * (at + i))
    })
    await log.append(entries, SIGNER)
    at += count
    for await (const { at: newest } of (await openLog(dir)).checkpointsOf("plant.example/0")) {
      expect(newest).toBe(expected.get("plant.example/0")!.at(-1)!.at)
      break
    }
  }
  expect(await log.origins()).toEqual(new Set(expected.keys()))
  expect(await placesIn(log, "plant.example/other")).toEqual([])
  // What a crash leaves: entries in the files that the index does not count yet.
  writeFileSync(join(dir, "origins", "upto"), "2")
  const crashed = await openLog(dir)
  expect(await crashed.checkpointOver("plant.example/2", 2_900)).toMatchObject({ at: 293 })
  await crashed.append([note("plant.example/0", 9_999)], SIGNER)
  expected.get("plant.example/0")!.push({ at, size: 9_999 })
  const [first0] = expected.get("plant.example/0")!
  expect(await (await openLog(dir)).checkpointOver("plant.example/0", -1)).toMatchObject({ at: first0!.at })
  rmSync(join(dir, "origins"), { recursive: true })
  const anew = await openLog(dir)
  for (const [origin, places] of expected) expect(await placesIn(anew, origin)).toEqual(places)
  expect(Buffer.from(await anew.entry(0)).toString()).toContain("plant.example/0")
  // The first that covers a leaf; and an index that leads to another log's checkpoint, or to another size, is found out
  expect(await anew.checkpointOver("plant.example/1", 10)).toMatchObject({ at: 4, head: { size: 40 } })
  expect(await anew.checkpointOver("plant.example/1", 1_000_000)).toBeNull()
  await (await openLog(dir)).append([note("plant.example/1", 9_999_999)], SIGNER)
  const path = join(dir, "origins", hash("sha256", "plant.example/1", "hex"))
  const index = readFileSync(path)
  const first = 2 + "plant.example/1".length
  for (const at of [first + 7, first + 15]) {
    const wrong = Buffer.from(index)
    wrong[at]! ^= 2
    writeFileSync(path, wrong)
    await expect((await openLog(dir)).checkpointOver("plant.example/1", 0)).rejects.toMatchObject({ code: "log" })
    await expect(placesIn(await openLog(dir), "plant.example/1")).rejects.toThrow(/remove it, it is made anew/)
  }
})
