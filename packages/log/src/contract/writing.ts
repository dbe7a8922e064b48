/** What a write promises: durable, atomic, once, in order. */
import { describe, expect, it } from "vitest"
import { FencedError } from "../errors.ts"
import { input, keysOf, MIB, numbered, output, readAll, record, type Subject } from "./subject.ts"

export const writing = (subject: Subject): void => {
  describe("durable", () => {
    it("has after a reopen what append and commit resolved", async () => {
      const { time } = await subject.log.append(input, [record("a"), record("b", "")])
      await subject.commit("g", 0, 2, [record("c")])
      const before = { in: await readAll(subject.log, input), out: await readAll(subject.log, output) }
      const { epoch, genesis, partitions } = subject.log
      await subject.reopen()
      expect({ in: await readAll(subject.log, input), out: await readAll(subject.log, output) }).toEqual(before)
      expect(keysOf(before.in)).toEqual(["a", "b"])
      expect(before.in.map((each) => each.time)).toEqual([time, time])
      expect(await subject.log.position("g", input)).toBe(2)
      expect({ epoch: subject.log.epoch, genesis: subject.log.genesis, partitions: subject.log.partitions }).toEqual({
        epoch,
        genesis,
        partitions,
      })
    })

    it("goes on counting after a reopen, with no time before the last", async () => {
      const first = await subject.log.append(input, numbered(0, 3))
      const { end } = await subject.log.bounds(input)
      await subject.reopen()
      expect((await subject.log.bounds(input)).end).toBeGreaterThanOrEqual(end)
      const second = await subject.log.append(input, numbered(3, 1))
      expect(second.offset).toBeGreaterThanOrEqual(end)
      expect(second.time).toBeGreaterThanOrEqual(first.time)
    })

    it("keeps any bytes as they are", async () => {
      const value = Uint8Array.from({ length: 3 * MIB }, (_, n) => (n * 31) & 255)
      await subject.log.append(input, [record("", value), record("\0ÿ", "")])
      await subject.reopen()
      const [large, empty] = await readAll(subject.log, input)
      expect(Buffer.compare(large!.value, value)).toBe(0)
      expect([large!.key.length, Buffer.from(empty!.key).toString(), empty!.value.length]).toEqual([0, "\0ÿ", 0])
    })
  })

  describe("atomic", () => {
    it("shows outputs and position of a commit together", async () => {
      await subject.log.append(input, numbered(0, 4))
      const done = subject.log.commit(0, {
        group: "g",
        stream: "in",
        from: 0,
        next: 4,
        outputs: [
          { stream: "out", records: numbered(0, 2) },
          { stream: "other", records: numbered(2, 3) },
          { stream: "none", records: [] },
        ],
      })
      // Whatever a reader sees on the way: of each part all or nothing (the parts may come one after another).
      const glimpse = async () => [
        await subject.log.position("g", input),
        (await subject.log.read(output, 0, 10, MIB)).length,
        (await subject.log.read({ stream: "other", partition: 0 }, 0, 10, MIB)).length,
      ]
      const seen = [await glimpse(), await glimpse()]
      const { offsets } = await done
      for (const [position, out, other] of seen) {
        expect([0, 4]).toContain(position)
        expect([0, 2]).toContain(out)
        expect([0, 3]).toContain(other)
      }
      expect(await glimpse()).toEqual([4, 2, 3])
      expect(offsets.slice(0, 2)).toEqual([0, 0])
      expect(offsets).toHaveLength(3)
    })

    it("moves a position without outputs, and stays where a batch read nothing new", async () => {
      await subject.log.append(input, numbered(0, 5))
      await subject.log.commit(0, { group: "g", stream: "in", from: 0, next: 5, outputs: [] })
      expect(await subject.log.position("g", input)).toBe(5)
      await subject.commit("g", 5, 5, [record("tick")])
      expect(await subject.log.position("g", input)).toBe(5)
      expect(keysOf(await readAll(subject.log, output))).toEqual(["tick"])
    })
  })

  describe("once", () => {
    it("refuses a commit that starts elsewhere, and nothing of it is there", async () => {
      await subject.log.append(input, numbered(0, 5))
      await subject.commit("g", 0, 2, [record("a")])
      await expect(subject.commit("g", 0, 3, [record("b")])).rejects.toThrow(FencedError)
      await expect(subject.commit("g", 3, 4, [record("b")])).rejects.toMatchObject({
        name: "FencedError",
        expected: 3,
        actual: 2,
      })
      expect(await subject.log.position("g", input)).toBe(2)
      expect(keysOf(await readAll(subject.log, output))).toEqual(["a"])
      await subject.commit("g", 2, 3, [record("c")])
      await subject.reopen()
      expect(keysOf(await readAll(subject.log, output))).toEqual(["a", "c"])
      expect(await subject.log.position("g", input)).toBe(3)
    })

    it("lets exactly one of two rivals commit", async () => {
      await subject.log.append(input, numbered(0, 5))
      const outcomes = await Promise.allSettled([
        subject.commit("g", 0, 2, [record("a")]),
        subject.commit("g", 0, 3, [record("b")]),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
      expect(await readAll(subject.log, output)).toHaveLength(1)
    })

    it("keeps positions of groups and streams apart", async () => {
      await subject.log.append(input, numbered(0, 5))
      await subject.commit("g", 0, 2, [])
      await subject.commit("h", 0, 3, [])
      await subject.log.commit(0, { group: "g", stream: "out", from: 0, next: 0, outputs: [] })
      expect(await subject.log.position("g", input)).toBe(2)
      expect(await subject.log.position("h", input)).toBe(3)
      expect(await subject.log.position("g", output)).toBe(0)
      expect(await subject.log.position("g", { ...input, partition: 1 })).toBe(0)
    })
  })

  describe("order", () => {
    it("starts at 0 and only grows, times never running backwards", async () => {
      for (let n = 0; n < 5; n++) await subject.log.append(input, numbered(n * 3, 3))
      const records = await readAll(subject.log, input, 0, 4)
      expect(records[0]!.offset).toBe(0)
      expect(keysOf(records)).toEqual(keysOf(await readAll(subject.log, input)))
      expect(keysOf(records)).toEqual(numbered(0, 15).map(({ key }) => key.toString()))
      for (const [n, each] of records.slice(1).entries()) {
        expect(each.offset).toBeGreaterThan(records[n]!.offset)
        expect(each.time).toBeGreaterThanOrEqual(records[n]!.time)
      }
    })

    it("keeps calls in order that come at once, and tells each its own offset", async () => {
      const calls = await Promise.all(
        Array.from({ length: 50 }, (_, n) => subject.log.append(input, numbered(n * 2, 2))),
      )
      const byOffset = new Map(
        (await readAll(subject.log, input)).map((each) => [each.offset, Buffer.from(each.key).toString()]),
      )
      expect(byOffset.size).toBe(100)
      for (const [n, { offset }] of calls.entries()) expect(byOffset.get(offset)).toBe(`k${n * 2}`)
    })

    it("interleaves append and commit to the same stream", async () => {
      await subject.log.append(input, numbered(0, 20))
      const calls: Array<Promise<unknown>> = []
      for (let n = 0; n < 20; n++) {
        calls.push(subject.log.append(output, [record(`append ${n}`), record(`append ${n}, too`)]))
        calls.push(subject.commit("g", n, n + 1, [record(`commit ${n}`)]))
      }
      await Promise.all(calls)
      await subject.reopen()
      const keys = keysOf(await readAll(subject.log, output))
      expect(keys).toHaveLength(60)
      for (const kind of ["append", "commit"]) {
        const own = keys.filter((key) => key.startsWith(kind) && !key.endsWith("too"))
        expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${kind} ${n}`))
      }
      for (let n = 0; n < 20; n++) expect(keys[keys.indexOf(`append ${n}`) + 1]).toBe(`append ${n}, too`)
      expect(await subject.log.position("g", input)).toBe(20)
    })

    it("answers an append of nothing with the end", async () => {
      await subject.log.append(input, numbered(0, 3))
      expect((await subject.log.append(input, [])).offset).toBe((await subject.log.bounds(input)).end)
      expect(await readAll(subject.log, input)).toHaveLength(3)
    })
  })
}
