/** A slice lets flow what the policy lets flow, and nothing else: every flow of the zone, by both. */
import type { Slice } from "@assay/passport"
import { conduitOf } from "@assay/passport/flow"
import { readSlice } from "@assay/passport/issue"
import { interpret } from "@assay/segmentation"
import { ACTIONS, type Conduit, type Guardrail, type SegmentationPolicy } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cutSlice, DEFAULT_LIMITS } from "../src/index.ts"

const ZONES = ["a", "b", "c"]
const CLASSES = ["pump", "meter"]
const ISSUED = Date.UTC(2030, 0, 1)
const EXPIRES = ISSUED + 30 * 86_400_000

const zone = fc.constantFrom(...ZONES)
const actions = fc.subarray([...ACTIONS], { minLength: 1 })

const conduit: fc.Arbitrary<Conduit> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 8 }),
  from: zone,
  to: zone,
  actions,
  classes: fc.subarray(CLASSES),
  mode: fc.constantFrom("enforce", "observe"),
  observeUntil: fc.constant(null),
  minTrust: fc.option(fc.nat(100)),
  minAssurance: fc.constantFrom(null, "software", "hardware"),
  ratePerMinute: fc.option(fc.integer({ min: 1, max: 100 })),
  window: fc.option(
    fc.record({ from: fc.nat(1_439), to: fc.nat(1_440), zone: fc.constantFrom("UTC", "Europe/Berlin") }),
  ),
  expires: fc.option(fc.integer({ min: ISSUED, max: EXPIRES })),
  owner: fc.constant("somebody"),
  reason: fc.constant("something"),
})

const guardrail: fc.Arbitrary<Guardrail> = fc.record({
  id: fc.constant("g"),
  from: fc.constantFrom("*", ...ZONES),
  to: fc.constantFrom("*", ...ZONES),
  actions,
  reason: fc.constant("never"),
})

const policyWith = (conduits: ReadonlyArray<Conduit>, guardrails: ReadonlyArray<Guardrail>): SegmentationPolicy => ({
  timezones: {
    "Europe/Berlin": [
      { from: 0, offset: 60 },
      { from: ISSUED - 1, offset: 120 },
      { from: ISSUED + 1, offset: 60 },
      { from: EXPIRES + 1, offset: 120 },
    ],
  },
  version: 7,
  issued: ISSUED,
  expires: EXPIRES,
  zones: ZONES.map((id) => ({ id, parent: null, securityLevel: 1, audiences: [] })),
  assignments: [],
  conduits,
  guardrails,
  lateral: { zones: 3, windowMs: 60_000 },
})

const cut = (policy: SegmentationPolicy, id: string): Slice =>
  cutSlice(policy, {
    zone: id,
    version: 1,
    trustDomain: "https://plant.example/",
    signers: ["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"],
    limits: DEFAULT_LIMITS,
    issued: ISSUED,
    expires: EXPIRES + 1,
  })

it("for every zone, action and class", () => {
  let carried = 0
  let forbidden = 0
  const policies = fc.record({
    conduits: fc.array(conduit, { maxLength: 12 }),
    guardrails: fc.array(guardrail, { maxLength: 2 }),
  })
  fc.assert(
    fc.property(policies, zone, ({ conduits, guardrails }, own) => {
      const policy = policyWith(conduits, guardrails)
      const slice = cut(policy, own)
      for (const other of ZONES)
        for (const act of ACTIONS)
          for (const deviceClass of [null, "other", ...CLASSES])
            for (const [from, to] of [
              [own, other],
              [other, own],
            ] as const) {
              const ruling = interpret(policy, from, to, act, deviceClass)
              const found = conduitOf(slice, { from, to, act, deviceClass })
              const wanted = ruling.kind === "conduit" ? policy.conduits[ruling.index]! : null
              expect(found?.id).toBe(wanted?.id)
              if (ruling.kind === "conduit") carried++
              if (ruling.kind === "guardrail") forbidden++
            }
    }),
    { numRuns: 150 },
  )
  // A generator of empty policies would agree with anything.
  expect(carried).toBeGreaterThan(1_000)
  expect(forbidden).toBeGreaterThan(1_000)
})

describe("a slice", () => {
  const base: Conduit = {
    id: "night",
    from: "a",
    to: "b",
    actions: ["command", "firmware"],
    classes: ["pump"],
    mode: "observe",
    observeUntil: EXPIRES,
    minTrust: 70,
    minAssurance: "software",
    ratePerMinute: 6,
    window: { from: 1_320, to: 360, zone: "Europe/Berlin" },
    expires: ISSUED + 1_500,
    owner: "x",
    reason: "x",
  }
  const guard: Guardrail = { id: "g", from: "*", to: "b", actions: ["firmware"], reason: "never" }

  it("keeps what the conduit asks for, in seconds, and the offsets of its own time alone", () => {
    const slice = cut(policyWith([base], [guard]), "b")
    expect(slice.conduits).toEqual([
      {
        id: "night",
        from: "a",
        to: "b",
        acts: ["command"],
        classes: ["pump"],
        minTrust: 70,
        minAssurance: "software",
        ratePerMinute: 6,
        window: {
          from: 1_320,
          to: 360,
          offsets: [
            { from: Math.floor((ISSUED - 1) / 1_000), offset: 120 },
            { from: ISSUED / 1_000, offset: 60 },
          ],
        },
        expires: ISSUED / 1_000 + 1,
      },
    ])
  })

  it("is one that devices read, and ends with its policy", () => {
    const slice = cut(policyWith([base], []), "a")
    expect(readSlice(Buffer.from(JSON.stringify(slice)))).toEqual(slice)
    expect(slice).toMatchObject({ policy: 7, expires: EXPIRES })
  })

  it("of a zone that the policy does not have is refused", () => {
    expect(() => cut(policyWith([], []), "nowhere")).toThrow("the policy has no zone nowhere")
  })
})
