/** Policies for tests: a small one in YAML, and random ones. */
import { ACTIONS, ASSURANCES, type SegmentationPolicy } from "@assay/trust"
import fc from "fast-check"

export const SMALL = `kind: assay/segmentation/v1
version: 2
issued: 2026-01-01
expires: 2027-01-01T00:00:00Z
zones:
  - { id: field, securityLevel: 1, audiences: ["https://plant.example/field/*"] }
  - { id: control, securityLevel: 3, audiences: ["https://plant.example/control/*"] }
assignments:
  - { zone: field, vendor: acme, class: thermometer }
  - { zone: control, devices: ["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"] }
conduits:
  - { id: up, from: field, to: control, actions: [telemetry], owner: ops, reason: readings }
lateral: { zones: 3, window: 10m }
`

export const ZONES = ["z0", "z1", "z2", "z3", "z4"]
export const CLASSES = ["pump", "valve", "meter"]
export const VENDORS = ["acme", "borealis"]
export const DEVICES = ["did:key:zA", "did:key:zB", "did:key:zC"]
const PATTERNS = [
  "https://p/*",
  "https://p/a/*",
  "https://p/a/b",
  "https://p/a/b/*",
  "https://p/c",
  "https://q/a/*",
  "urn:x:1",
]

const zone = fc.constantFrom(...ZONES)
const actions = fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 5 })
const when = fc.option(fc.integer({ min: 0, max: 2_000_000 }))

/** Any policy of the right types, also ones that `parsePolicy` would refuse: overlaps, unknown zones, circles. */
export const anyPolicy: fc.Arbitrary<SegmentationPolicy> = fc.record({
  version: fc.constant(1),
  issued: fc.constant(0),
  expires: fc.constant(1_000_000),
  zones: fc.subarray(ZONES, { minLength: 1 }).chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          parent: fc.option(zone),
          securityLevel: fc.constant(1),
          audiences: fc.subarray(PATTERNS),
        }),
      ),
    ),
  ),
  assignments: fc.array(
    fc.record({
      zone,
      devices: fc.subarray(DEVICES),
      vendor: fc.option(fc.constantFrom(...VENDORS)),
      class: fc.option(fc.constantFrom(...CLASSES)),
    }),
    { maxLength: 6 },
  ),
  conduits: fc.array(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      from: zone,
      to: zone,
      actions,
      classes: fc.subarray(CLASSES),
      mode: fc.constantFrom("enforce" as const, "observe" as const),
      observeUntil: when,
      minTrust: fc.option(fc.integer({ min: 0, max: 100 })),
      minAssurance: fc.option(fc.constantFrom(...ASSURANCES)),
      ratePerMinute: fc.option(fc.integer({ min: 1, max: 600 })),
      window: fc.option(fc.record({ from: fc.integer({ min: 0, max: 1439 }), to: fc.integer({ min: 0, max: 1440 }) })),
      expires: when,
      owner: fc.constant("o"),
      reason: fc.constant("r"),
    }),
    { maxLength: 20 },
  ),
  guardrails: fc.array(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      from: fc.constantFrom("*", ...ZONES),
      to: fc.constantFrom("*", ...ZONES),
      actions,
      reason: fc.constant("r"),
    }),
    { maxLength: 3 },
  ),
  lateral: fc.record({ zones: fc.integer({ min: 2, max: 8 }), windowMs: fc.integer({ min: 1, max: 100_000 }) }),
})
