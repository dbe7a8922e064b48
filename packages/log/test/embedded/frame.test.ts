import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeFrames, FRAME_BYTES, openFrame, readFrame, type Stamped } from "../../src/embedded/frame.ts"
import type { LogRecord } from "../../src/port.ts"

const bytes = fc.uint8Array({ maxLength: 40 })
const records = fc.array(fc.record({ key: bytes, value: bytes, wait: fc.nat(5000) }), { minLength: 1, maxLength: 50 })
const stamp = (list: ReadonlyArray<{ key: Uint8Array; value: Uint8Array; wait: number }>): ReadonlyArray<Stamped> => {
  let time = 1_700_000_000_000
  return list.map(({ wait, ...record }) => {
    time += wait
    return { time, record }
  })
}

describe("frames", () => {
  it("give back what went in, from any offset on", () => {
    fc.assert(
      fc.property(records, fc.nat(2 ** 40), fc.nat(60), fc.integer({ min: 1, max: 60 }), (list, base, skip, limit) => {
        const stamped = stamp(list)
        const [frame, ...others] = encodeFrames(base, stamped)
        expect(others).toEqual([])
        const reopened = openFrame(base, Uint8Array.from(frame!.bytes), "test")
        expect(reopened.end).toBe(base + list.length)
        const read: Array<LogRecord> = []
        readFrame(reopened, base + skip, read, limit, 1 << 20)
        const expected = stamped.map(({ time, record }, n) => ({ offset: base + n, time, ...record }))
        expect(read).toEqual(expected.slice(skip, skip + limit))
      }),
    )
  })

  it("notice any changed byte, and any cut", () => {
    const [frame] = encodeFrames(7, [{ time: 1, record: { key: Buffer.from("key"), value: Buffer.from("value") } }])
    for (let n = 0; n < frame!.bytes.length; n++) {
      const changed = Uint8Array.from(frame!.bytes)
      changed[n]! ^= 0x40
      expect(() => openFrame(7, changed, "test")).toThrow(/checksum/)
      expect(() => openFrame(7, frame!.bytes.subarray(0, n), "test")).toThrow(/checksum|cut short/)
    }
  })

  it("split where they would grow too large, and a large record stands alone", () => {
    const sizes = [10, 600_000, 600_000, 3 * FRAME_BYTES, 10, 10]
    const stamped = sizes.map((size) => ({ time: 5, record: { key: Buffer.from("k"), value: new Uint8Array(size) } }))
    const frames = encodeFrames(100, stamped)
    expect(frames.map(({ base, end }) => [base, end])).toEqual([
      [100, 102],
      [102, 103],
      [103, 104],
      [104, 106],
    ])
  })

  it("split where times lie too far apart for a delta", () => {
    const record = { key: Buffer.from("k"), value: Buffer.from("v") }
    const times = [0, 2 ** 32 - 1, 2 ** 32, 2 ** 33]
    const frames = encodeFrames(
      0,
      times.map((time) => ({ time, record })),
    )
    const read: Array<LogRecord> = []
    for (const frame of frames) readFrame(frame, 0, read, 10, 1 << 20)
    expect(read.map(({ time }) => time)).toEqual(times)
    expect(frames).toHaveLength(3)
  })
})
