import type { AuditEvent } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { decodeAudit, encodeAudit, RecordMemory } from "../../src/index.ts"

const event = (detail: string): AuditEvent => ({
  kind: "incident",
  origin: { epoch: 1, partition: 0, offset: 7 },
  index: 0,
  time: 1_760_000_000_000,
  device: null,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail,
})

const detailOf = (record: Uint8Array): string | null => decodeAudit(record).detail

describe("memory of records", () => {
  it("holds what is encoded into it, whatever else is encoded in between", () => {
    const [one, two] = [new RecordMemory(), new RecordMemory()]
    const made: Array<readonly [string, Uint8Array]> = []
    for (let n = 0; n < 600; n++) {
      const detail = `${n} ${"d".repeat(n)}`
      const memory = [one, two, null][n % 3]!
      made.push([
        detail,
        memory === null ? encodeAudit(event(detail)) : memory.during(() => encodeAudit(event(detail))),
      ])
      if (n % 50 === 0) one.room(10_000).fill(7)
    }
    expect(made.map(([, record]) => detailOf(record))).toEqual(made.map(([detail]) => detail))
  })

  it("takes a record that is larger than a slab", () => {
    const memory = new RecordMemory()
    const detail = "d".repeat(200_000)
    const record = memory.during(() => encodeAudit(event(detail)))
    expect(memory.room(100_000)).toHaveLength(100_000)
    expect(detailOf(record)).toBe(detail)
    memory.reuse()
  })

  it("is used again after its end, and only then", () => {
    const first = new RecordMemory()
    const record = first.during(() => encodeAudit(event("first")))
    const other = new RecordMemory()
    expect(other.during(() => encodeAudit(event("other"))).buffer).not.toBe(record.buffer)
    first.reuse()
    const next = new RecordMemory()
    expect(next.room(10).buffer).toBe(record.buffer)
    // Nobody is given it twice.
    first.reuse()
    expect(new RecordMemory().room(10).buffer).not.toBe(record.buffer)
  })

  it("is left where an encoding fails, and what comes next is whole", () => {
    const memory = new RecordMemory()
    const before = memory.during(() => encodeAudit(event("before")))
    expect(() => memory.during(() => encodeAudit({ ...event("no"), count: 0.5 }))).toThrow(RangeError)
    const outside = encodeAudit(event("outside"))
    const after = memory.during(() => encodeAudit(event("after")))
    expect([before, outside, after].map(detailOf)).toEqual(["before", "outside", "after"])
    expect(outside.buffer).not.toBe(after.buffer)
  })
})
