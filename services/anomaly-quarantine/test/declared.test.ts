/** Measurements that the profile in force declares. */
import { DEFAULT_RULES, itemKey, knowledgeOf, type MeasurementDeclaration, type Profile } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { declarationsOf } from "../src/declared.ts"
import { Harness } from "./harness.ts"

const A = "did:key:zA"
const DAY = 86_400_000
const NOTHING = { vendor: null, class: null, kind: null, period: null, min: null, max: null }

const under = (...measurements: ReadonlyArray<Partial<MeasurementDeclaration> & { readonly name: string }>) => {
  const body: Profile = {
    ...DEFAULT_RULES,
    version: 1,
    issued: 0,
    expires: 2e15,
    measurements: measurements.map((one) => ({ ...NOTHING, ...one })),
  }
  return knowledgeOf(new Map([[itemKey("profile", ""), { hash: "c1".repeat(32), version: 1, expires: 2e15, body }]]))
}

const METER = { vendor: "acme", class: "meter", assurance: "software" } as const
const name = "urn:dev:a:/energy"

describe("a declaration of the profile", () => {
  it("is found by vendor, class and name, the first that matches", () => {
    const found = declarationsOf(
      under(
        { class: "meter", name: "*/energy", kind: "counter" },
        { vendor: "acme", name: "urn:dev:a:*", kind: "gauge" },
        { name: "urn:dev:b:/mode", kind: "state" },
      ),
      null,
    )!
    const kindOf = (subject: Parameters<typeof found>[0], of: string) => found(subject, of)?.kind ?? null
    expect(kindOf(METER, name)).toBe("counter")
    expect(kindOf({ ...METER, class: "pump" }, name)).toBe("gauge")
    expect(kindOf({ ...METER, vendor: "other", class: "pump" }, name)).toBeNull()
    expect(kindOf(METER, "urn:dev:b:/mode")).toBe("state")
    expect(kindOf(METER, "urn:dev:b:/mode2")).toBeNull()
    expect(kindOf(null, name)).toBeNull()
    expect(declarationsOf(under(), null)).toBeNull()
  })

  it("counts before what the credential declares of the same, which fills in what the profile leaves open", () => {
    const own = JSON.stringify([
      ["urn:dev:a:*", "gauge", 60],
      ["urn:dev:b:/mode", "state", null],
    ])
    const found = declarationsOf(under({ class: "meter", name: "*/energy", kind: "counter", min: 0 }), own)!
    expect(found(METER, name)).toMatchObject({ kind: "counter", periodMs: 60_000, min: 0 })
    expect(found({ ...METER, class: "pump" }, name)).toMatchObject({ kind: "gauge", periodMs: 60_000 })
    expect(found(null, "urn:dev:b:/mode")).toMatchObject({ kind: "state", periodMs: 0 })
    expect(found(null, "urn:dev:c:/mode")).toBeNull()
    // A change of either is a declaration that changed.
    const ids = [found(METER, name), found({ ...METER, class: "pump" }, name), found(null, "urn:dev:b:/mode")]
    expect(new Set(ids.map((one) => one!.id)).size).toBe(3)
  })

  it("judges a device from its first message on, and only one of that class", () => {
    const said = (subject: typeof METER | null) => {
      const harness = new Harness()
      harness.knowledge = under({ class: "meter", name: "*/energy", kind: "counter", min: 0 })
      harness.subject = subject
      harness.admit(A)
      return [100, 101, 40, -1].map((value) => harness.say(A, { name, values: [value] }).verdict.reasons.slice(1))
    }
    expect(said(METER)).toEqual([
      [],
      [],
      ["anomaly.counter_back"],
      ["anomaly.outside_declared", "anomaly.counter_back"],
    ])
    expect(said(null)).toEqual([[], [], [], []])
  })

  it("is contradicted in one annotated message, which costs no trust", () => {
    const harness = new Harness()
    harness.knowledge = under({ name: "*", kind: "counter" })
    harness.subject = METER
    harness.admit(A)
    const all = Array.from(
      { length: 90 },
      (_, n) => harness.say(A, { name, time: 60_000, values: [20 + Math.sin(n)] }).verdict.reasons,
    )
    expect(all.filter((reasons) => reasons.includes("anomaly.declaration_contradicted"))).toHaveLength(1)
    expect(all.at(-1)).toEqual([])
    expect(harness.trust(A)).toBe("trusted")
  })

  it("of a period lets trust lapse after three of them, and not before", () => {
    const reports = (period: number | null) => {
      const harness = new Harness()
      harness.knowledge = under({ name: "*", period, min: -1e9 })
      harness.subject = METER
      harness.admit(A)
      // Tested each second when it was put up; from then on once in ten days.
      for (let n = 0; n < 10; n++) harness.say(A, { name, values: [n % 3] })
      return [10 * DAY, 19 * DAY, 2 * DAY].map((silent) => {
        harness.tick(silent)
        return harness.trust(A)
      })
    }
    expect(reports(10 * 86_400)).toEqual(["trusted", "trusted", "stale"])
    expect(reports(null)).toEqual(["stale", "stale", "stale"])
  })
})
