import type { Action, Conduit, SegmentationPolicy } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { blastRadius, containment } from "../src/blast-radius.ts"
import { diffPolicies } from "../src/diff.ts"

const path = (from: string, to: string, actions: ReadonlyArray<Action>, more: Partial<Conduit> = {}): Conduit => ({
  id: `${from}-${to}`,
  from,
  to,
  actions,
  classes: [],
  mode: "enforce",
  observeUntil: null,
  minTrust: null,
  minAssurance: null,
  ratePerMinute: null,
  window: null,
  expires: null,
  owner: "o",
  reason: "r",
  ...more,
})

const policyOf = (conduits: ReadonlyArray<Conduit>, more: Partial<SegmentationPolicy> = {}): SegmentationPolicy => ({
  version: 1,
  issued: 0,
  expires: 1,
  zones: ["a", "b", "c", "d"].map((id) => ({ id, parent: null, securityLevel: 1, audiences: [`https://p/${id}/*`] })),
  assignments: [],
  conduits,
  guardrails: [],
  lateral: { zones: 2, windowMs: 1 },
  ...more,
})

const chain = policyOf([
  path("a", "b", ["command"]),
  path("b", "c", ["firmware"], { classes: ["plc"] }),
  path("c", "d", ["telemetry"]),
])

describe("blastRadius", () => {
  it("follows what drives, and shows what can be lied to", () => {
    expect(blastRadius(chain, "a")).toEqual({
      zone: "a",
      driven: ["b"],
      reachable: ["b", "c"],
      exposed: ["d"],
      fraction: 0.5,
    })
    expect(blastRadius(chain, "c")).toMatchObject({ reachable: [], exposed: ["d"], fraction: 0 })
  })
  it("knows the class of the first device only", () => {
    expect(blastRadius(chain, "b", "meter").reachable).toEqual([])
    expect(blastRadius(chain, "b", "plc").reachable).toEqual(["c"])
    expect(blastRadius(chain, "a", "meter").reachable).toEqual(["b", "c"])
  })
  it("ends at a zone in quarantine, and weighs zones", () => {
    expect(blastRadius(chain, "a", null, { quarantined: new Set(["b"]) }).reachable).toEqual(["b"])
    expect(blastRadius(chain, "a", null, { weights: new Map([["c", 7]]) }).fraction).toBe(0.8)
  })
  it("survives circles, and counts the zone itself only where a path leads back", () => {
    const ring = policyOf([path("a", "b", ["config"]), path("b", "a", ["config"])])
    expect(blastRadius(ring, "a").reachable).toEqual(["a", "b"])
  })
  it("stops at guardrails", () => {
    const guarded = policyOf(chain.conduits, {
      guardrails: [{ id: "g", from: "*", to: "c", actions: ["firmware"], reason: "r" }],
    })
    expect(blastRadius(guarded, "a").reachable).toEqual(["b"])
  })
  it("refuses a zone that is not there", () => {
    expect(() => blastRadius(chain, "x")).toThrow(/no zone "x"/)
  })
})

describe("containment", () => {
  it("sums up", () => {
    const { mean, p95, max, segmentedness } = containment(chain)
    expect({ mean, p95, max, segmentedness }).toEqual({ mean: 0.1875, p95: 0.5, max: 0.5, segmentedness: 1 - 3 / 16 })
  })
})

describe("diffPolicies", () => {
  it("finds nothing between equals", () => {
    expect(diffPolicies(chain, structuredClone(chain))).toEqual({ allowed: [], denied: [], terms: [], moved: [] })
  })
  it("finds every newly allowed and denied flow, changed terms and moved zones", () => {
    const next = policyOf([path("a", "b", ["command", "config"], { minTrust: 50 }), path("c", "d", ["telemetry"])], {
      zones: chain.zones.map((z) => (z.id === "d" ? { ...z, audiences: ["https://p/dd/*"] } : z)),
      assignments: [{ zone: "a", devices: ["did:key:zA"], vendor: null, class: null }],
    })
    const diff = diffPolicies(chain, next)
    expect(diff.denied).toEqual([{ from: "b", to: "c", action: "firmware", class: "plc", conduit: "b-c" }])
    expect(diff.allowed).toEqual([
      { from: "a", to: "b", action: "config", class: "plc", conduit: "a-b" },
      { from: "a", to: "b", action: "config", class: null, conduit: "a-b" },
    ])
    expect(
      diff.terms.map((t) => [t.action, t.class, JSON.parse(t.before).minTrust, JSON.parse(t.after).minTrust]),
    ).toEqual([
      ["command", "plc", null, 50],
      ["command", null, null, 50],
    ])
    expect(diff.moved).toEqual([
      { what: "https://p/d/*", before: "d", after: null },
      { what: "https://p/dd/*", before: null, after: "d" },
      { what: "did:key:zA", before: null, after: "a" },
    ])
  })
  it("finds a zone that came or went", () => {
    const gone = policyOf([path("a", "b", ["command"])], { zones: chain.zones.slice(0, 2) })
    expect(diffPolicies(chain, gone).denied.map((f) => `${f.from}>${f.to}`)).toEqual(["b>c", "c>d", "c>d"])
  })
})
