/** What a stage appends to a record is what encoding the message again would give, whatever the record says. */
import { decodeAssayed, decodeEntry, encodeEntry } from "@assay/schemas"
import { type AssayedMessage, type Decision, type Entry, NO_KNOWLEDGE, STAGES, type Verdict } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeDecided, encodePassedOn, type RawEntry, toRawEntry } from "../../src/order/entries.ts"
import { identified, VERDICT } from "../runner/counting.ts"

const ORIGIN = { epoch: 1, partition: 0, offset: 5 }
const TIME = 1_700_000_000_000
const DECISION: Decision = {
  outcome: "annotated",
  reasons: [],
  trust: "learning",
  reputation: 0.5,
  kind: "original",
  supersedes: null,
}

/** Ends in as many zero bytes as a verdict can: they must not be taken for parts that are missing. */
const ZEROS: Verdict = { ...VERDICT, logic: 0, detail: null }
const verdict = fc.constantFrom(VERDICT, ZEROS, { ...VERDICT, detail: "{}" })
const subject = { vendor: "acme", class: "pump", assurance: "none" } as const

/** Messages between the stages, as stages leave them and as nobody does. */
const messages = fc
  .record({
    verdicts: fc.tuple(...STAGES.map(() => fc.option(verdict))),
    judged: fc.option(fc.nat(STAGES.length)),
    subject: fc.option(fc.constant(subject)),
    decision: fc.option(fc.constant(DECISION), { freq: 1 }),
  })
  .map(({ verdicts, judged, ...rest }): AssayedMessage => {
    const body = decodeEntry(identified("did:a", ORIGIN, TIME)).body
    if (body.kind !== "message") throw new Error("no message")
    const found = STAGES.map((stage, place) => [stage, judged === null || place < judged ? verdicts[place] : null])
    return { ...body.message, ...rest, verdicts: Object.fromEntries(found) as AssayedMessage["verdicts"] }
  })

const read = (message: AssayedMessage): Extract<RawEntry, { kind: "message" }> => {
  const value = encodeEntry({ origin: ORIGIN, time: TIME, body: { kind: "message", message } })
  const raw = toRawEntry({ offset: 3, time: TIME, key: Buffer.from("did:a"), value }, false, 1, 0, 0)
  if (raw.kind !== "message") throw new Error("no message")
  return raw
}

describe("a message that a stage passes on", () => {
  it("has the bytes of one that was encoded again", () => {
    let appended = 0
    fc.assert(
      fc.property(messages, fc.constantFrom(...STAGES), verdict, (message, stage, own) => {
        const raw = read(message)
        raw.message.verdicts[stage] = own
        if (stage === "credential") raw.message.subject = subject
        const entry: Entry = { ...raw, kind: "message", knowledge: NO_KNOWLEDGE }
        const passed = encodePassedOn(entry, raw, stage)
        expect(passed).toEqual(encodePassedOn(entry, { ...raw, hop: null }, stage))
        if (raw.hop != null && raw.hop.open <= STAGES.indexOf(stage)) appended++
      }),
      { numRuns: 400 },
    )
    expect(appended).toBeGreaterThan(20)
  })

  it("is the decided record where the last stage decides, with the same bytes", () => {
    fc.assert(
      fc.property(messages, verdict, (message, own) => {
        const raw = read(message)
        raw.message.verdicts.anomaly = own
        raw.message.decision = DECISION
        const value = encodeDecided(raw, "anomaly")
        expect(value).toEqual(encodeDecided({ ...raw, hop: null }, "anomaly"))
        expect(decodeAssayed(value)).toEqual(raw.message)
      }),
      { numRuns: 400 },
    )
  })
})
