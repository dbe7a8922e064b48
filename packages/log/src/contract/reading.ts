/** What a reader may rely on: bounds, waiting, truncation. */
import { describe, expect, it } from "vitest"
import { input, keysOf, MIB, NEVER, numbered, offsetsOf, output, readAll, record, type Subject } from "./subject.ts"

export const reading = (subject: Subject): void => {
  describe("bounded", () => {
    it("returns at most maxRecords, from the middle of anything", async () => {
      await subject.log.append(input, numbered(0, 10))
      await subject.log.append(input, numbered(10, 10))
      const offsets = offsetsOf(await readAll(subject.log, input))
      for (const [n, from] of offsets.entries()) {
        const records = await subject.log.read(input, from, 7, MIB)
        expect(offsetsOf(records)).toEqual(offsets.slice(n, n + 7))
      }
    })

    it("returns about maxBytes, and always one record where there is one", async () => {
      const large = () => record("large", new Uint8Array(300_000))
      await subject.log.append(input, [large(), large(), large(), large(), large()])
      expect(await subject.log.read(input, 0, 100, 1)).toHaveLength(1)
      const some = await subject.log.read(input, 0, 100, 700_000)
      expect(some.length).toBeGreaterThanOrEqual(1)
      expect(some.length).toBeLessThanOrEqual(3)
      expect(await readAll(subject.log, input)).toHaveLength(5)
    })

    it("returns nothing at the end, beyond it and for an unknown stream", async () => {
      await subject.log.append(input, numbered(0, 3))
      const { end } = await subject.log.bounds(input)
      expect(await subject.log.read(input, end, 10, MIB)).toEqual([])
      expect(await subject.log.read(input, end + 1000, 10, MIB)).toEqual([])
      expect(await subject.log.read({ stream: "unknown", partition: 0 }, 0, 10, MIB)).toEqual([])
      expect(await subject.log.bounds({ stream: "unknown", partition: 0 })).toEqual({ start: 0, end: 0 })
    })

    it("takes a batch of any size", async () => {
      const many = Array.from({ length: 5000 }, (_, n) => record(`k${n}`, new Uint8Array(700).fill(n & 255)))
      await subject.log.append(input, many)
      await subject.reopen()
      const records = await readAll(subject.log, input, 0, 512)
      expect(keysOf(records)).toEqual(many.map(({ key }) => key.toString()))
      expect(records.every(({ value }, n) => value[699] === (n & 255))).toBe(true)
    })
  })

  describe("waitFor", () => {
    it("resolves at once for a record that is there", async () => {
      await subject.log.append(input, numbered(0, 3))
      await subject.log.waitFor(input, 0, NEVER)
      await subject.log.waitFor(input, (await subject.log.read(input, 0, 10, MIB)).at(-1)!.offset, NEVER)
    })

    it("resolves once an append or a commit brings one, which is then readable", async () => {
      const appended = subject.log.waitFor(input, 0, NEVER).then(() => subject.log.read(input, 0, 10, MIB))
      const committed = subject.log.waitFor(output, 0, NEVER).then(() => subject.log.read(output, 0, 10, MIB))
      await subject.log.append(input, numbered(0, 1))
      expect(keysOf(await appended)).toEqual(["k0"])
      await subject.commit("g", 0, 1, [record("c")])
      expect(keysOf(await committed)).toEqual(["c"])
    })

    it("does not resolve for other records, and resolves on abort", async () => {
      const stop = new AbortController()
      const { offset } = await subject.log.append(input, numbered(0, 1))
      let woken = false
      const waiting = subject.log.waitFor(input, offset + 2, stop.signal).then(() => {
        woken = true
      })
      await subject.log.append({ ...input, partition: 1 }, numbered(0, 9))
      await subject.log.append(output, numbered(0, 9))
      expect(woken).toBe(false)
      stop.abort()
      await waiting
      await subject.log.waitFor(input, 1000, stop.signal)
    })
  })

  describe("truncate", () => {
    it("forgets records below an offset, never one at or above it", async () => {
      for (let n = 0; n < 10; n++) await subject.log.append(output, numbered(n * 4, 4))
      await subject.log.append(input, numbered(0, 1))
      const offsets = offsetsOf(await readAll(subject.log, output))
      const before = offsets[22]!
      await subject.log.commit(0, {
        group: "g",
        stream: "in",
        from: 0,
        next: 1,
        outputs: [{ stream: "out", records: [record("new")] }],
        truncate: [
          { stream: "out", before },
          { stream: "unknown", before: 5 },
        ],
      })
      for (const reopened of [false, true]) {
        if (reopened) await subject.reopen()
        const { start } = await subject.log.bounds(output)
        expect(start).toBeGreaterThan(0)
        expect(start).toBeLessThanOrEqual(before)
        const left = await readAll(subject.log, output)
        expect(left[0]!.offset).toBe(start)
        expect(keysOf(left.filter(({ offset }) => offset >= before))).toEqual([
          ...numbered(22, 18).map(({ key }) => key.toString()),
          "new",
        ])
      }
    })

    it("goes on counting where everything was truncated", async () => {
      await subject.log.append(output, numbered(0, 4))
      const { end } = await subject.log.bounds(output)
      const truncate = [{ stream: "out", before: end }]
      await subject.log.commit(0, { group: "g", stream: "in", from: 0, next: 0, outputs: [], truncate })
      await subject.reopen()
      expect(await subject.log.bounds(output)).toEqual({ start: end, end })
      expect(await readAll(subject.log, output)).toEqual([])
      const { offset } = await subject.log.append(output, numbered(4, 1))
      expect(offset).toBeGreaterThanOrEqual(end)
      expect(keysOf(await readAll(subject.log, output))).toEqual(["k4"])
    })
  })
}
