import { encodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import type { AssayedMessage } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { decisionLines } from "../../src/encode/decision.ts"
import { decidedOf } from "../../src/encode/read-decided.ts"
import { rejected } from "../support.ts"

const rowOf = (changed: Partial<AssayedMessage> = {}, offset = 7) => {
  const place = { stream: STREAMS.annotated, partition: 3, offset }
  const { key, bytes } = decisionLines.encode({ kind: "message", place, message: { ...message, ...changed } })
  const text = Buffer.from(bytes).toString()
  expect(text.indexOf("\n")).toBe(text.length - 1)
  const row = JSON.parse(text)
  expect(row.key).toBe(key)
  return row
}

describe("the line of a decision", () => {
  it("says who, what, when, how it was decided and why", () => {
    const segmentation = { ...message.verdicts.segmentation!, detail: '{"from":"pumps","policy":7}' }
    expect(rowOf({ verdicts: { ...message.verdicts, segmentation } })).toEqual({
      key: "1/3/1234567",
      origin: { epoch: 1, partition: 3, offset: 1_234_567 },
      time: "2025-10-09T08:53:20.123Z",
      timeMs: 1_760_000_000_123,
      outcome: "annotated",
      kind: "original",
      supersedes: null,
      device: message.claims!.iss,
      trust: "trusted",
      reputation: 0.9375,
      reasons: [{ code: message.decision!.reasons[0], severity: "fail", attribution: "unproven" }],
      zone: "pumps",
      subject: { vendor: "acme", class: "pump", assurance: "software" },
      action: "telemetry",
      audience: "https://plant.example/historian",
      epoch: 3,
      counter: 41_000,
      issuedAt: "2025-10-09T08:53:20.000Z",
      readings: message.readings.map(({ time, ...reading }) => ({
        ...reading,
        time: new Date(time * 1_000).toISOString(),
        timeMs: time * 1_000,
      })),
      body: null,
      verdicts: { identity: "pass", credential: "pass", integrity: "pass", segmentation: "warn", anomaly: "pass" },
      digest: message.claims!.digest,
      binding: "http",
      principal: "gateway-7",
    })
  })

  it("keeps numbers as numbers, and a time that no calendar has as milliseconds alone", () => {
    const [first] = message.readings
    for (const time of [1e300, -1e300, 253_402_300_800]) {
      const [reading] = rowOf({ readings: [{ ...first!, value: 1e-7, time }] }).readings
      expect(reading).toMatchObject({ value: 1e-7, time: null, timeMs: time * 1_000 })
    }
  })

  it("is good without a zone, where none is given", () => {
    for (const detail of [null, "no JSON", "null", "[]", '{"from":7}']) {
      const segmentation = { ...message.verdicts.segmentation!, detail }
      expect(rowOf({ verdicts: { ...message.verdicts, segmentation } }).zone).toBeNull()
    }
  })

  it("has the message's id as its key; a later decision has one of its own, the same at every repeat", () => {
    const released = { ...message.decision!, kind: "released" as const, supersedes: message.origin }
    expect(rowOf({ decision: released }, 7)).toMatchObject({ key: "1/3/1234567@7", supersedes: "1/3/1234567" })
    expect(rowOf({ decision: released }, 7).key).not.toBe(rowOf({ decision: released }, 8).key)
  })

  it("refuses a message that nobody has decided", () => {
    expect(() => rowOf({ decision: null })).toThrow("not decided")
  })
})

describe("the line of a rejected message", () => {
  const rejectedRow = (offset: number, detail: string | null, outcome: "rejected" | "undecided" = "rejected") => {
    const place = { stream: STREAMS[outcome], partition: 0, offset: 4 }
    const { bytes } = decisionLines.encode(decidedOf(place, encodeRejected(rejected(0, offset, detail))))
    return JSON.parse(Buffer.from(bytes).toString())
  }

  it("of an undecided entry has the same form, and says that it is undecided", () => {
    expect(rejectedRow(5, "a stage failed", "undecided")).toMatchObject({
      outcome: "undecided",
      device: null,
      detail: "a stage failed",
    })
  })

  it("names no device, and says what was claimed and why it was rejected", () => {
    expect(rejectedRow(5, "why")).toMatchObject({
      key: "1/0/5",
      outcome: "rejected",
      device: null,
      claimed: "did:key:claimed",
      detail: "why",
      bytes: 4,
      reasons: [{ code: "identity.malformed_record", severity: "fail", attribution: "unproven" }],
    })
  })

  it("tells two records apart that never stood on submitted", () => {
    expect(rejectedRow(-6, null).key).toBe("1/0/-6@4")
  })
})
