import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decide, mayLearn, reject } from "../src/decide.ts"
import type { Verdicts } from "../src/message.ts"
import { outcomeOf, REASONS, type ReasonCode, reasonInfo } from "../src/reasons.ts"
import { STAGES, TRUST_STATES, type TrustState, type Verdict } from "../src/verdict.ts"

const CODES = Object.keys(REASONS) as ReadonlyArray<ReasonCode>

const verdict = (outcome: Verdict["outcome"], reasons: ReadonlyArray<ReasonCode> = []): Verdict => ({
  outcome,
  reasons,
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "none",
  logic: 1,
  detail: null,
})

const verdictsOf = (each: ReadonlyArray<Verdict | null>): Verdicts =>
  Object.fromEntries(STAGES.map((stage, n) => [stage, each[n] ?? null])) as unknown as Verdicts

/** Every combination of what five stages may have said: 4^5. */
const OUTCOMES = ["pass", "warn", "fail", null] as const
const COMBINATIONS = STAGES.reduce<ReadonlyArray<ReadonlyArray<(typeof OUTCOMES)[number]>>>(
  (rows) => rows.flatMap((row) => OUTCOMES.map((outcome) => [...row, outcome])),
  [[]],
)

/** The table of ARCHITECTURE.md, from top to bottom: the first line that fits counts. */
const TABLE: ReadonlyArray<readonly [fits: (trust: TrustState, said: ReadonlySet<string | null>) => boolean, string]> =
  [
    [(trust, said) => ["revoked", "quarantined"].includes(trust) || said.has("fail") || said.has(null), "quarantined"],
    [(trust, said) => ["learning", "watched", "stale", "probation"].includes(trust) || said.has("warn"), "annotated"],
    [(trust, said) => trust === "trusted" && said.size === 1 && said.has("pass"), "verified"],
  ]

/** Verdicts as stages give them: the outcome follows from the reasons. Null is a stage that said nothing. */
const someVerdicts = fc
  .array(
    fc.option(
      fc
        .uniqueArray(fc.constantFrom(...CODES), { maxLength: 4 })
        .map((reasons) => verdict(outcomeOf(reasons), reasons)),
    ),
    { minLength: STAGES.length, maxLength: STAGES.length },
  )
  .map(verdictsOf)
const someTrust = fc.constantFrom(...TRUST_STATES)

describe("decide", () => {
  it.each(TRUST_STATES)("gives what the table says for a device that is %s, whatever five stages said", (trust) => {
    expect(COMBINATIONS).toHaveLength(1024)
    for (const row of COMBINATIONS) {
      const verdicts = verdictsOf(row.map((outcome) => (outcome === null ? null : verdict(outcome))))
      const wanted = TABLE.find(([fits]) => fits(trust, new Set(row)))?.[1]
      expect(decide(verdicts, trust, 1).outcome, row.join()).toBe(wanted)
    }
  })

  it("never verifies where a verdict is missing", () => {
    fc.assert(
      fc.property(someVerdicts, someTrust, fc.constantFrom(...STAGES), (verdicts, trust, stage) => {
        expect(decide({ ...verdicts, [stage]: null }, trust, 1).outcome).toBe("quarantined")
      }),
    )
  })

  it("names each reason once, failures before warnings, in the order of the stages among equals", () => {
    fc.assert(
      fc.property(someVerdicts, someTrust, (verdicts, trust) => {
        const said = STAGES.flatMap((stage) => verdicts[stage]?.reasons ?? [])
        const of = (severity: string) => [...new Set(said)].filter((code) => reasonInfo(code).severity === severity)
        expect(decide(verdicts, trust, 1).reasons).toEqual([...of("fail"), ...of("warn")])
      }),
    )
  })

  it("carries trust and reputation from before the message, and is an original", () => {
    fc.assert(
      fc.property(
        someVerdicts,
        someTrust,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (verdicts, trust, reputation) => {
          expect(decide(verdicts, trust, reputation)).toMatchObject({
            trust,
            reputation,
            kind: "original",
            supersedes: null,
          })
        },
      ),
    )
  })

  it("is not moved by what was only observed, by obligations or by details: the last stage has made reasons of them", () => {
    const quiet = verdictsOf(STAGES.map(() => verdict("pass")))
    const observed = verdictsOf(
      STAGES.map(() => ({
        ...verdict("pass"),
        observed: CODES,
        obligations: [{ kind: "minTrust", value: 100, source: "a" } as const],
        detail: "{}",
      })),
    )
    expect(decide(observed, "trusted", 1)).toEqual(decide(quiet, "trusted", 1))
    expect(decide(quiet, "trusted", 1).outcome).toBe("verified")
  })
})

describe("reject", () => {
  it("says nothing about a device", () => {
    expect(reject(["identity.malformed_jws"])).toEqual({
      outcome: "rejected",
      reasons: ["identity.malformed_jws"],
      trust: null,
      reputation: null,
      kind: "original",
      supersedes: null,
    })
  })
})

describe("mayLearn", () => {
  it("is so until a stage failed or named a reason that anybody could have caused", () => {
    fc.assert(
      fc.property(someVerdicts, (verdicts) => {
        const given = STAGES.flatMap((stage) => verdicts[stage] ?? [])
        const spoilt = given.some(
          ({ outcome, reasons }) =>
            outcome === "fail" || reasons.some((code) => reasonInfo(code).attribution === "unproven"),
        )
        expect(mayLearn(verdicts)).toBe(!spoilt)
      }),
    )
  })

  it("is so before any verdict: the first stage learns by its own", () => {
    expect(mayLearn(verdictsOf([]))).toBe(true)
  })

  it("is not stopped by a warning that a device's key or missing knowledge caused", () => {
    const warnings = CODES.filter(
      (code) => reasonInfo(code).severity === "warn" && reasonInfo(code).attribution !== "unproven",
    )
    expect(warnings.length).toBeGreaterThan(5)
    for (const code of warnings) expect(mayLearn(verdictsOf([verdict("warn", [code])])), code).toBe(true)
  })
})
