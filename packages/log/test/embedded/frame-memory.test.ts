import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FrameMemory } from "../../src/embedded/frame-memory.ts"
import { openEmbedded } from "../../src/embedded/open.ts"

const MIB = 1 << 20

describe("memory of frames", () => {
  it("is used again where it is large enough, and never by two at once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 24, max: 3 * MIB }), { maxLength: 40 }), (sizes) => {
        const memory = new FrameMemory()
        const held = new Map<ArrayBufferLike, Buffer>()
        for (const [nth, size] of sizes.entries()) {
          const taken = memory.take(size)
          expect(taken).toHaveLength(size)
          expect(held.has(taken.buffer)).toBe(false)
          held.set(taken.buffer, taken)
          if (nth % 3 === 0) continue
          const [first] = held.values()
          held.delete(first!.buffer)
          memory.give(first!)
        }
      }),
    )
  })

  it("is the same memory again", () => {
    const memory = new FrameMemory()
    const first = memory.take(5000)
    memory.give(first)
    expect(memory.take(8192).buffer).toBe(first.buffer)
    expect(memory.take(8192).buffer).not.toBe(first.buffer)
    expect(memory.bytes).toBe(0)
  })

  it("is kept up to a bound", () => {
    const memory = new FrameMemory()
    const many = Array.from({ length: 40 }, () => memory.take(MIB))
    for (const one of many) memory.give(one)
    expect(memory.bytes).toBe(16 * MIB)
    const large = memory.take(3 * MIB)
    memory.give(large)
    expect(memory.bytes).toBe(16 * MIB)
  })

  it("changes nothing that somebody reads, or that is on the disk", async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-frames-"))
    const log = await openEmbedded({ dir, partitions: 1 })
    try {
      const [read, unread] = ["read", "unread"].map((stream) => ({ stream, partition: 0 }))
      const of = (n: number) => [{ key: Buffer.from(`k${n}`), value: Buffer.alloc(6000, n) }]
      await log.read(read!, 0, 1, 1)
      const seen = []
      for (let n = 0; n < 30; n++) {
        await log.append(read!, of(n))
        await log.append(unread!, of(100 + n))
        seen.push(...(await log.read(read!, n, 1, MIB)))
      }
      expect(seen.map(({ value }) => value)).toEqual(
        Array.from({ length: 30 }, (_, n) => new Uint8Array(of(n)[0]!.value)),
      )
      const late = await log.read(unread!, 0, 100, MIB)
      expect(late.map(({ value }) => value)).toEqual(
        Array.from({ length: 30 }, (_, n) => new Uint8Array(of(100 + n)[0]!.value)),
      )
    } finally {
      await log.close()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
