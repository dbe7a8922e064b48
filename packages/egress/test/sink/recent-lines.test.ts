/** A file has each line once, also where its writer died between the line and the position. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { fileSink } from "../../src/sink/file.ts"
import { RecentLines } from "../../src/sink/recent-lines.ts"
import { rotatingFileSink } from "../../src/sink/rotating-file.ts"
import type { Sink } from "../../src/sink/sink.ts"
import { testDir } from "../support.ts"
import { itemsIn } from "./items.ts"

const items = itemsIn("json", 12)

const keysBelow = (dir: string): ReadonlyArray<string> =>
  readdirSync(dir).flatMap((name) =>
    readFileSync(join(dir, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { key: string }).key),
  )

/** Writes as a process does that ends without keeping its position, then as the one that comes after it. */
const twice = async (make: () => Sink): Promise<void> => {
  const first = make()
  await first.open()
  await first.write(items.slice(0, 4))
  await first.write(items.slice(4, 8))
  await first.flush()
  await first.close()
  const second = make()
  await second.open()
  await second.write(items.slice(2, 10), true)
  await second.flush()
  // Within one process as well: the position could not be kept.
  await second.write(items.slice(8, 12), true)
  await second.flush()
  await second.close()
}

describe("what may be a repeat", () => {
  it("is not written where the file ends with it", async () => {
    const dir = testDir()
    await twice(() => fileSink(join(dir, "out")))
    expect(keysBelow(dir)).toEqual(items.map(({ key }) => key))
  })

  it.each([7, 4, 1])("nor where the file was put aside in between, with %d lines or so in one", async (lines) => {
    const dir = testDir()
    let now = 1_000
    await twice(() =>
      rotatingFileSink(join(dir, "out"), { bytes: items[0]!.bytes.length * lines, keep: null, now: () => now++ }),
    )
    expect(readdirSync(dir).length).toBeGreaterThan(1)
    expect(keysBelow(dir).toSorted()).toEqual(items.map(({ key }) => key).toSorted())
  })

  it("is written again where nobody knows whether it is durable", async () => {
    const recent = new RecentLines()
    recent.wrote(items)
    await expect(recent.flushed(() => Promise.reject(new Error("no space")))).rejects.toThrow("no space")
    expect(recent.without(items)).toHaveLength(items.length)
    recent.wrote(items)
    await recent.flushed(async () => undefined)
    expect(recent.without(items)).toEqual([])
  })

  it("is known of the end of a file alone: memory is bounded", async () => {
    const recent = new RecentLines()
    for (let n = 0; n < 70; n++) {
      recent.wrote(Array.from({ length: 1_000 }, (_, m) => ({ key: "", bytes: Buffer.from(`${n * 1_000 + m}\n`) })))
      await recent.flushed(async () => undefined)
    }
    const [old, young] = [0, 69_999].map((n) => ({ key: "", bytes: Buffer.from(`${n}\n`) }))
    expect(recent.without([old!, young!])).toEqual([old])
  })
})
