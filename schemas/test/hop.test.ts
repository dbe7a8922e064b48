/** What a later stage adds to the bytes is what decoding, changing and encoding again would give. */
import { type AssayedMessage, type Decision, STAGES, type StageName, type Subject, type Verdict } from "@assay/trust"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import {
  appendDecision,
  appendVerdict,
  boundSchema,
  decodeAssayed,
  decodeEntry,
  encodeAssayed,
  encodeEntry,
  schemaOf,
  useEmbeddedIds,
  WireError,
} from "../src/index.ts"
import { converter } from "../src/resolve/convert.ts"
import { arbitraryOf } from "./arbitrary.ts"
import { RECORDS } from "./records.ts"

const verdicts = arbitraryOf(schemaOf("verdict")) as fc.Arbitrary<Verdict>
const subjects = fc.option(arbitraryOf(schemaOf("subject")) as fc.Arbitrary<Subject>)
const decisions = arbitraryOf(schemaOf("decision")) as fc.Arbitrary<Decision>
const shape = RECORDS.find(({ name }) => name === "assayed-message")!
const messages = arbitraryOf(schemaOf("assayed-message")).map((value) => shape.ours(value) as AssayedMessage)

const NOBODY = { identity: null, credential: null, integrity: null, segmentation: null, anomaly: null }

/** The message as the stages before `stage` leave it, each with the same verdict. */
const before = (message: AssayedMessage, stage: StageName, verdict: Verdict): AssayedMessage => {
  const judged = STAGES.slice(0, STAGES.indexOf(stage))
  return {
    ...message,
    subject: judged.includes("credential") ? message.subject : null,
    verdicts: { ...NOBODY, ...Object.fromEntries(judged.map((name) => [name, verdict])) },
    decision: null,
  }
}

const hopOf = (message: AssayedMessage): Uint8Array =>
  encodeEntry({ origin: message.origin, time: message.time, body: { kind: "message", message } })

const same = (left: Uint8Array, right: Uint8Array): void => expect(Buffer.compare(left, right)).toBe(0)

afterEach(useEmbeddedIds)

describe.each(STAGES)("%s", (stage) => {
  it("appends its verdict", () => {
    fc.assert(
      fc.property(messages, verdicts, verdicts, subjects, (any, earlier, verdict, found) => {
        const message = before(any, stage, earlier)
        const subject = stage === "credential" ? found : null
        const changed = { ...message, verdicts: { ...message.verdicts, [stage]: verdict } }
        if (stage === "credential") changed.subject = subject
        const hop = hopOf(message)
        const copy = Buffer.from(hop)
        const appended = appendVerdict(hop, stage, verdict, subject)
        same(appended, hopOf(changed))
        same(hop, copy)
        expect(decodeEntry(appended).body).toEqual({ kind: "message", message: changed })
      }),
      { numRuns: 100 },
    )
  })

  it("does not append where a verdict that says something stands already", () => {
    const [any, earlier, later] = fc.sample(fc.tuple(messages, verdicts, verdicts), { numRuns: 1, seed: 3 })[0]!
    const verdict = { ...later, logic: 1, detail: "x" }
    const once = appendVerdict(hopOf(before(any, stage, earlier)), stage, verdict)
    expect(() => appendVerdict(once, stage, verdict)).toThrow(RangeError)
  })
})

it("the last stage makes the decided record of the entry", () => {
  fc.assert(
    fc.property(messages, verdicts, verdicts, decisions, (any, earlier, verdict, decision) => {
      const message = before(any, "anomaly", earlier)
      const changed = { ...message, verdicts: { ...message.verdicts, anomaly: verdict }, decision }
      const decided = appendDecision(hopOf(message), verdict, decision)
      same(decided, encodeAssayed(changed))
      expect(decodeAssayed(decided)).toEqual(changed)
    }),
    { numRuns: 150 },
  )
})

describe("what is appended to", () => {
  const [message, verdict] = fc.sample(fc.tuple(messages, verdicts), { numRuns: 1, seed: 1 })[0]!
  const hop = hopOf(before(message, "integrity", verdict))
  const submitted = encodeEntry({ origin: null, time: null, body: { kind: "submitted", envelope: message.envelope } })
  const decision = fc.sample(decisions, { numRuns: 1, seed: 1 })[0]!

  it("must be an entry with a message", () => {
    const tick = encodeEntry({ origin: message.origin, time: 1, body: { kind: "tick" } })
    for (const record of [tick, submitted, encodeAssayed(message), new Uint8Array(0), hop.subarray(0, 12)]) {
      expect(() => appendVerdict(record, "integrity", verdict)).toThrow(WireError)
      expect(() => appendDecision(record, verdict, decision)).toThrow(WireError)
    }
  })

  it("takes a subject from credential-checker alone", () => {
    const subject: Subject = { vendor: "acme", class: "pump", assurance: "software" }
    expect(() => appendVerdict(hop, "integrity", verdict, subject)).toThrow(RangeError)
  })

  it("may be under the id of another writer, and comes out under ours", () => {
    const other = Buffer.from(hop)
    other.writeUInt32BE(900, 1)
    expect(() => appendVerdict(other, "integrity", verdict)).toThrow(WireError)
    boundSchema("entry").others.set(900, converter("entry", JSON.stringify(schemaOf("entry"))))
    same(appendVerdict(other, "integrity", verdict), appendVerdict(hop, "integrity", verdict))
  })
})
