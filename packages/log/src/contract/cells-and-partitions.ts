/** What stands beside the streams of one partition: its cells, and the other partitions. */
import { describe, expect, it } from "vitest"
import { keysOf, numbered, readAll, record, type Subject } from "./subject.ts"

export const beside = (subject: Subject): void => {
  describe("cells", () => {
    const text = async (name: string, partition = 0): Promise<string | null> => {
      const value = await subject.log.cells.get(partition, name)
      return value === null ? null : Buffer.from(value).toString()
    }

    it("swaps only where the present value is the expected one", async () => {
      const [a, b] = [Buffer.from("a"), Buffer.from("b")]
      expect(await text("x")).toBeNull()
      expect(await subject.log.cells.swap(0, "x", a, b)).toBe(false)
      expect(await subject.log.cells.swap(0, "x", null, a)).toBe(true)
      expect(await subject.log.cells.swap(0, "x", null, b)).toBe(false)
      expect(await subject.log.cells.swap(0, "x", b, b)).toBe(false)
      expect(await text("x")).toBe("a")
      expect(await subject.log.cells.swap(0, "x", Buffer.from("a"), b)).toBe(true)
      expect([await text("x"), await text("y"), await text("x", 1)]).toEqual(["b", null, null])
      await subject.reopen()
      expect(await text("x")).toBe("b")
    })

    it("lets exactly one of many rivals win", async () => {
      const rivals = Array.from({ length: 20 }, (_, n) => subject.log.cells.swap(0, "x", null, Buffer.from(`${n}`)))
      expect((await Promise.all(rivals)).filter((won) => won)).toHaveLength(1)
    })

    it("tells an empty value from none", async () => {
      expect(await subject.log.cells.swap(0, "x", null, new Uint8Array(0))).toBe(true)
      expect(await text("x")).toBe("")
      expect(await subject.log.cells.swap(0, "x", null, Buffer.from("a"))).toBe(false)
      expect(await subject.log.cells.swap(0, "x", new Uint8Array(0), Buffer.from("a"))).toBe(true)
    })
  })

  describe("partitions", () => {
    it("work at the same time and do not meet", async () => {
      const run = async (partition: number): Promise<void> => {
        for (let n = 0; n < 10; n++) {
          await subject.log.append({ stream: "in", partition }, [record(`${partition}.${n}`)])
          const outputs = [{ stream: "out", records: [record(`${partition}.${n}`)] }]
          await subject.log.commit(partition, { group: "g", stream: "in", from: n, next: n + 1, outputs })
        }
      }
      const all = Array.from({ length: subject.log.partitions }, (_, partition) => partition)
      await Promise.all(all.map(run))
      await subject.reopen()
      for (const partition of all) {
        const expected = Array.from({ length: 10 }, (_, n) => `${partition}.${n}`)
        expect(keysOf(await readAll(subject.log, { stream: "in", partition }))).toEqual(expected)
        expect(keysOf(await readAll(subject.log, { stream: "out", partition }))).toEqual(expected)
      }
    })

    it("refuses one that does not exist", async () => {
      await expect(
        subject.log.append({ stream: "in", partition: subject.log.partitions }, numbered(0, 1)),
      ).rejects.toThrow(RangeError)
    })
  })
}
