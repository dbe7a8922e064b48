import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { setUpSink } from "../../src/sink/kinds.ts"
import { rotatingFileSink } from "../../src/sink/rotating-file.ts"
import { testDir } from "../support.ts"
import { itemsIn } from "./items.ts"

const keysIn = (dir: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.flatMap((name) =>
    readFileSync(join(dir, name), "utf8")
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { key: string }).key),
  )

describe("a file that is put aside", () => {
  it("is never larger than asked for, and loses nothing, whoever writes at once", async () => {
    const dir = testDir()
    const items = itemsIn("json", 60)
    const [first] = items
    const sink = rotatingFileSink(join(dir, "out"), { bytes: first!.bytes.length * 10, keep: null, now: () => 1_000 })
    await sink.open()
    await Promise.all([0, 20, 40].map((from) => sink.write(items.slice(from, from + 5))))
    for (let from = 0; from < 60; from += 4) await sink.write(items.slice(from, from + 4))
    await sink.flush()
    await sink.close()
    const names = readdirSync(dir)
    expect(names.length).toBeGreaterThan(5)
    for (const name of names)
      expect(readFileSync(join(dir, name)).length).toBeLessThanOrEqual(first!.bytes.length * 10 + 60)
    expect(new Set(keysIn(dir, names))).toEqual(new Set(items.map(({ key }) => key)))
    expect(keysIn(dir, names)).toHaveLength(75)
  })

  it("keeps the youngest, as many as asked for, and touches nothing else", async () => {
    const dir = testDir()
    const items = itemsIn("json", 40)
    const target = `file:${join(dir, "out")}?format=json&rotate=${items[0]!.bytes.length * 4}&keep=2`
    const sink = setUpSink(target).make({} as never)
    const other = rotatingFileSink(join(dir, "out.5x"), { bytes: 1_000, keep: null })
    await other.open()
    await sink.open()
    for (let from = 0; from < 40; from += 4) await sink.write(items.slice(from, from + 4))
    await sink.flush()
    await sink.close()
    await other.close()
    const names = readdirSync(dir).toSorted()
    expect(names).toHaveLength(4)
    expect(names).toEqual(["out", expect.stringMatching(/^out\.\d+$/), expect.stringMatching(/^out\.\d+$/), "out.5x"])
    expect(new Set(keysIn(dir, names))).toEqual(new Set(items.slice(-12).map(({ key }) => key)))
  })
  it("keeps the youngest where the clock stands still, or is set back", async () => {
    const dir = testDir()
    const items = itemsIn("json", 40)
    let time = 2_000
    const now = (): number => (time === 1_990 ? time : time--)
    const sink = rotatingFileSink(join(dir, "out"), { bytes: items[0]!.bytes.length * 4, keep: 2, now })
    await sink.open()
    for (let from = 0; from < 40; from += 4) await sink.write(items.slice(from, from + 4))
    await sink.flush()
    await sink.close()
    expect(new Set(keysIn(dir, readdirSync(dir)))).toEqual(new Set(items.slice(-12).map(({ key }) => key)))
  })

  it("goes on after it could not be put aside, and what was written before is not written again", async () => {
    const dir = testDir()
    const items = itemsIn("json", 8)
    const inTheWay = join(dir, "out.1000")
    let isFirst = true
    const now = (): number => {
      // After the names that are there were read: a file cannot take the place of a directory.
      if (isFirst) mkdirSync(inTheWay)
      isFirst = false
      return 1_000
    }
    const sink = rotatingFileSink(join(dir, "out"), { bytes: items[0]!.bytes.length * 5, keep: null, now })
    await sink.open()
    await sink.write(items.slice(0, 4))
    await expect(sink.write(items.slice(4))).rejects.toThrow("EISDIR")
    // Another partition wrote the first four, and has not flushed them so far.
    await sink.flush()
    await sink.write(items.slice(0, 4), true)
    await sink.write(items.slice(4), true)
    await sink.flush()
    await sink.close()
    rmSync(inTheWay, { recursive: true })
    expect(keysIn(dir, readdirSync(dir)).toSorted()).toEqual(items.map(({ key }) => key).toSorted())
  })
})
