/** What is particular to the embedded engine: its directory, its clock, its failures. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { open as openLmdb } from "lmdb"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openEmbedded } from "../../src/embedded/open.ts"
import { DataDirError, StorageError } from "../../src/errors.ts"

const at = { stream: "in", partition: 0 }
const record = (key: string, size = 10) => ({ key: Buffer.from(key), value: Buffer.alloc(size, key) })
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-log-"))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe("the data directory", () => {
  it("remembers partitions, epoch and genesis", async () => {
    const created = await openEmbedded({ dir: join(dir, "new", "log"), partitions: 3, epoch: 7, clock: () => 1234.5 })
    await created.close()
    const log = await openEmbedded({ dir: join(dir, "new", "log") })
    expect(log).toMatchObject({ partitions: 3, epoch: 7, genesis: 1234 })
    await log.close()
    expect(JSON.parse(readFileSync(join(dir, "new", "log", "assay.json"), "utf8"))).toEqual({
      format: 10,
      partitions: 3,
      epoch: 7,
      genesis: 1234,
    })
  })

  it("is refused in another shape, and then neither locked nor changed", async () => {
    await (await openEmbedded({ dir, partitions: 2 })).close()
    await expect(openEmbedded({ dir, partitions: 4 })).rejects.toThrow(/2 partitions, asked for 4.*new epoch/)
    await expect(openEmbedded({ dir, epoch: 2 })).rejects.toThrow(/epoch 1, asked for 2/)
    await (await openEmbedded({ dir, partitions: 2, epoch: 1 })).close()
  })

  it.each([
    [
      "what 0.1 wrote",
      JSON.stringify({ format: 1, partitions: 2, epoch: 1, genesis: 0 }),
      /written by Assay 0\.1.*keep it and read it with 0\.1.*new directory/,
    ],
    [
      "another format",
      JSON.stringify({ format: 11, partitions: 2, epoch: 1, genesis: 0 }),
      /format 11.*reads format 10/,
    ],
    [
      "states of other layouts",
      JSON.stringify({ format: 2, partitions: 2, epoch: 1, genesis: 0 }),
      /format 2.*reads format 10.*with the version that wrote it/,
    ],
    ["no JSON", "{", /not readable JSON.*backup/],
    ["null", "null", /format undefined/],
    ["members missing", JSON.stringify({ format: 10, partitions: 2 }), /lacks.*backup/],
    ["no partitions", JSON.stringify({ format: 10, partitions: 0, epoch: 1, genesis: 0 }), /lacks/],
  ])("is refused with %s", async (_, text, message) => {
    writeFileSync(join(dir, "assay.json"), text)
    await expect(openEmbedded({ dir })).rejects.toThrow(DataDirError)
    await expect(openEmbedded({ dir })).rejects.toThrow(message)
    await expect(openEmbedded({ dir, readOnly: true })).rejects.toThrow(message)
    expect(readFileSync(join(dir, "assay.json"), "utf8")).toBe(text)
  })

  it("is refused with partitions but without its meta", async () => {
    mkdirSync(join(dir, "p000"))
    await expect(openEmbedded({ dir })).rejects.toThrow(/no assay.json/)
  })

  it("is not created by a reader", async () => {
    await expect(openEmbedded({ dir, readOnly: true })).rejects.toThrow(/holds no log/)
  })
})

describe("time", () => {
  it("is the clock's but never runs backwards, across a reopen and per stream", async () => {
    const times = [1000, 900, 1100]
    let log = await openEmbedded({ dir, clock: () => times.shift() ?? 500 })
    expect((await log.append(at, [record("genesis took 1000")])).time).toBe(900)
    expect((await log.append(at, [record("a")])).time).toBe(1100)
    expect((await log.append(at, [record("b")])).time).toBe(1100)
    expect((await log.append({ ...at, stream: "other" }, [record("c")])).time).toBe(500)
    await log.close()
    log = await openEmbedded({ dir, clock: () => 700 })
    expect((await log.append(at, [record("d")])).time).toBe(1100)
    expect((await log.read(at, 0, 10, 1000)).map(({ time }) => time)).toEqual([900, 1100, 1100, 1100])
    await log.close()
  })
})

describe("failures", () => {
  it("a stored frame that was changed is found by its checksum", async () => {
    let log = await openEmbedded({ dir, partitions: 1 })
    await log.append(at, [record("a", 5000)])
    await log.close()
    const root = openLmdb({ path: join(dir, "p000"), encoding: "binary", keyEncoding: "binary", maxDbs: 4 })
    const frames = root.openDB<Buffer, Uint8Array>({ name: "frames", encoding: "binary", keyEncoding: "binary" })
    const [key] = [...frames.getKeys({})]
    const changed = Buffer.from(frames.getBinary(key!)!)
    changed[3000]! ^= 1
    await frames.put(key!, changed)
    await root.close()
    log = await openEmbedded({ dir })
    await expect(log.read(at, 0, 10, 1000)).rejects.toThrow(StorageError)
    await expect(log.read(at, 0, 10, 1000)).rejects.toThrow(/checksum/)
    await log.close()
  })

  it("a closed log refuses everything, and wakes those who wait", async () => {
    const log = await openEmbedded({ dir })
    const waiting = log.waitFor(at, 0, new AbortController().signal)
    const [closed, refused] = await Promise.allSettled([log.close(), waiting])
    expect(closed.status).toBe("fulfilled")
    expect(refused).toMatchObject({ status: "rejected", reason: { name: "StorageError" } })
    await expect(log.append(at, [record("a")])).rejects.toThrow(/closed/)
    await expect(log.read(at, 0, 1, 1)).rejects.toThrow(/closed/)
    await log.close()
  })

  it("a close waits for what is under way", async () => {
    let log = await openEmbedded({ dir })
    const done = log.append(at, [record("a")])
    await log.close()
    const { offset } = await done
    log = await openEmbedded({ dir })
    expect((await log.read(at, offset, 1, 1)).map(({ key }) => Buffer.from(key).toString())).toEqual(["a"])
    await log.close()
  })

  it.each([
    ["a position that moves backwards", { from: 5, next: 4 }],
    ["a fractional offset", { from: 0.5, next: 1 }],
    ["an empty group", { group: "" }],
    ["a NUL in a name", { stream: "a\0b" }],
  ])("refuses %s", async (_, part) => {
    const log = await openEmbedded({ dir })
    const commit = { group: "g", stream: "in", from: 0, next: 0, outputs: [], ...part }
    await expect(log.commit(0, commit)).rejects.toThrow(RangeError)
    await log.close()
  })
})
