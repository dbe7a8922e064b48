/** What goes out of one step: by severity, reason and zone, by sample, and summed up. */
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import { OUTCOMES, type ReasonCode } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Decided } from "../../src/encode/encoder.ts"
import { ALL, select, type Wanted } from "../../src/select/select.ts"
import { rejected } from "../support.ts"

type Chosen = ReturnType<typeof select>

const one = (
  offset: number,
  outcome: "verified" | "annotated" | "quarantined",
  reasons: ReadonlyArray<ReasonCode> = [],
  device = "did:key:a",
  zone = "pumps",
): Decided => ({
  kind: "message",
  place: { stream: STREAMS[outcome], partition: 0, offset },
  message: {
    ...message,
    origin: { epoch: 1, partition: 0, offset },
    claims: { ...message.claims!, iss: device },
    verdicts: {
      ...message.verdicts,
      segmentation: { ...message.verdicts.segmentation!, detail: JSON.stringify({ from: zone }) },
    },
    decision: { ...message.decision!, outcome, reasons },
  },
})
const junk = (offset: number, claimed: string, reason: ReasonCode = "identity.signature_invalid"): Decided => ({
  kind: "raw",
  place: { stream: STREAMS.rejected, partition: 0, offset },
  outcome: "rejected",
  record: { ...rejected(0, offset), key: Buffer.from(claimed), reasons: [reason] },
})

const offsetsOf = ({ choices }: Chosen): ReadonlyArray<number> =>
  choices.map((choice) => (choice.kind === "one" ? choice.decided : choice.storm.first).place.offset)
const wanted = (changed: Partial<Wanted>): Wanted => ({ ...ALL, ...changed })

describe("a filter", () => {
  const all = [
    one(0, "verified"),
    one(1, "annotated", ["anomaly.learning"]),
    one(2, "quarantined", ["identity.clone_evidence"]),
    one(3, "quarantined", ["segmentation.no_conduit"], "did:key:b", "mixers"),
    junk(4, "x"),
  ]
  it.each([
    [{}, [0, 1, 2, 3, 4]],
    [{ minSeverity: 2 }, [1, 2, 3, 4]],
    [{ minSeverity: 5 }, [2]],
    [{ reasons: ["identity.*"] }, [2, 4]],
    [{ reasons: ["segmentation.no_conduit", "anomaly.learning"] }, [1, 3]],
    [{ reasons: ["identity.clone"] }, []],
    [{ zones: ["mixers"] }, [3]],
    [{ zones: ["pumps"], minSeverity: 2 }, [1, 2]],
  ] as const)("%j lets through %j", (changed, offsets) => {
    const chosen = select(all, wanted(changed as Partial<Wanted>))
    expect(offsetsOf(chosen)).toEqual(offsets)
    expect(chosen.filtered).toBe(all.length - offsets.length)
  })

  it("passes by what a form has no word for, and counts it", () => {
    const chosen = select(all, ALL, ({ kind }) => kind === "message")
    expect([offsetsOf(chosen), chosen.filtered]).toEqual([[0, 1, 2, 3], 1])
  })
})

describe("a sample", () => {
  it("leaves out harmless ones alone, counts them, and is the same at a repeat", () => {
    const all = Array.from({ length: 1_000 }, (_, offset) =>
      offset % 10 === 0 ? one(offset, "quarantined", ["identity.replayed"]) : one(offset, "verified"),
    )
    const chosen = select(all, wanted({ sample: 10 }))
    const held = chosen.choices.filter(
      (choice) =>
        choice.kind === "one" &&
        choice.decided.kind === "message" &&
        choice.decided.message.decision!.outcome === "quarantined",
    )
    expect(held).toHaveLength(100)
    expect(chosen.sampled).toBe(1_000 - chosen.choices.length)
    expect(chosen.choices.length - 100).toBeGreaterThan(60)
    expect(chosen.choices.length - 100).toBeLessThan(130)
    expect(select(all, wanted({ sample: 10 }))).toEqual(chosen)
  })
})

describe("a storm", () => {
  it("of strangers is one, whatever they call themselves", () => {
    const chosen = select(
      Array.from({ length: 300 }, (_, n) => junk(n, `did:key:${n}`)),
      wanted({ storm: 20 }),
    )
    expect(chosen.choices).toHaveLength(1)
    expect(chosen.choices[0]).toMatchObject({ kind: "storm", storm: { count: 300, devices: 0 } })
    expect(chosen.summarised).toBe(300)
  })

  it("of a device is its own; what knowledge lacks is one for all devices", () => {
    const floods = Array.from({ length: 60 }, (_, n) => one(n, "quarantined", ["anomaly.flood"], `did:key:${n % 2}`))
    expect(select(floods, wanted({ storm: 20 })).choices).toMatchObject([
      { kind: "storm", storm: { count: 30, devices: 1 } },
      { kind: "storm", storm: { count: 30, devices: 1 } },
    ])
    const expired = Array.from({ length: 60 }, (_, n) =>
      one(n, "quarantined", ["segmentation.policy_expired"], `did:key:${n}`),
    )
    expect(select(expired, wanted({ storm: 20 })).choices).toMatchObject([
      { kind: "storm", storm: { count: 60, devices: 60 } },
    ])
  })

  it("is none where few come, where a form cannot sum up, and where nobody wants it", () => {
    const few = Array.from({ length: 20 }, (_, n) => junk(n, "x"))
    expect(select(few, wanted({ storm: 20 })).summarised).toBe(0)
    const many = Array.from({ length: 200 }, (_, n) => junk(n, "x"))
    expect(select(many, wanted({ storm: 20 }), undefined, false).choices).toHaveLength(200)
    expect(select(many, ALL).choices).toHaveLength(200)
  })

  it("loses nobody: each decision goes out, is counted, or is in a summary with its first and last", () => {
    const any = fc.oneof(
      fc.record({
        device: fc.constantFrom("a", "b"),
        outcome: fc.constantFrom(...OUTCOMES.slice(0, 3)),
        code: fc.constantFrom<ReasonCode>("anomaly.flood", "identity.replayed"),
      }),
      fc.record({ claimed: fc.string({ maxLength: 3 }) }),
    )
    const settings = fc.record({
      storm: fc.constantFrom(null, 2, 5),
      sample: fc.constantFrom(1, 3),
      minSeverity: fc.constantFrom<1 | 3>(1, 3),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), settings, (items, changed) => {
        const all = items.map((item, offset) =>
          "claimed" in item
            ? junk(offset, item.claimed)
            : one(offset, item.outcome as "verified", item.outcome === "verified" ? [] : [item.code], item.device),
        )
        const { choices, filtered, sampled, summarised } = select(all, wanted(changed))
        const stood = choices.reduce((sum, choice) => sum + (choice.kind === "one" ? 1 : choice.storm.count), 0)
        expect(stood + filtered + sampled).toBe(all.length)
        expect(choices.reduce((sum, choice) => sum + (choice.kind === "one" ? 0 : choice.storm.count), 0)).toBe(
          summarised,
        )
        for (const choice of choices)
          if (choice.kind === "storm") {
            expect(choice.storm.first.place.offset).toBeLessThan(choice.storm.last.place.offset)
            expect(choice.storm.count).toBeGreaterThan(changed.storm!)
          }
      }),
    )
  })
})
