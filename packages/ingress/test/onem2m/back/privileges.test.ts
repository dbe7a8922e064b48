/** Access control at a CSE follows the segmentation policy: what is granted, the policy lets flow, whatever the policy says. */
import { interpret, parsePolicy, pathOf, zoneOfAudience } from "@assay/segmentation"
import type { SegmentationPolicy, TrustState } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type InForce,
  isSame,
  MAY,
  type Member,
  mayFlow,
  privilegesOf,
  wider,
} from "../../../src/onem2m/back/privileges.ts"

const NOON = Date.UTC(2026, 5, 1, 12)
const did = (name: string): string => `did:key:z${name}`
const ADAPTER = "Cassay"

const member = (name: string, deviceClass: string, trust: TrustState = "trusted", reputation = 0.9): Member => ({
  did: did(name),
  aeId: `C${name}`,
  standing: { trust, since: 0, reputation, last: null, vendor: "acme", class: deviceClass, assurance: "software" },
})

const policyOf = (conduits: string, guardrails = ""): SegmentationPolicy => {
  const { policy, problems } = parsePolicy(`kind: assay/segmentation/v1
version: 1
issued: 2026-01-01
expires: 2027-01-01
zones:
  - { id: field, securityLevel: 1 }
  - { id: control, securityLevel: 2 }
  - { id: office, securityLevel: 1 }
assignments:
  - { zone: field, vendor: acme, class: meter }
  - { zone: control, devices: ["${did("controller")}"] }
  - { zone: office, devices: ["${did("screen")}"] }
conduits:
${conduits}
guardrails: [${guardrails}]
lateral: { zones: 3, window: 10m }
`)
  if (policy === null) throw new Error(JSON.stringify(problems))
  return policy
}
const conduit = (more: string): string => `  - { id: up, from: field, to: control, ${more} owner: o, reason: r }`
const PLAIN = policyOf(conduit("actions: [telemetry, event],"))
const now = (policy: SegmentationPolicy): InForce => ({ policy, time: NOON })

const meter = member("meter", "meter")
const all = [meter, member("controller", "plc"), member("screen", "screen"), member("other", "meter")]
const readersOf = (of: Member, inForce: InForce | null, members = all): ReadonlyArray<string> =>
  privilegesOf(of, members, inForce, ADAPTER)
    .filter(({ acor }) => !acor.includes(ADAPTER) && !acor.includes(of.aeId))
    .flatMap(({ acor }) => acor)

describe("the access control of a device", () => {
  it("lets it make its own instances, lets read whom its telemetry may flow to, and the adapter everything", () => {
    expect(privilegesOf(meter, all, now(PLAIN), ADAPTER)).toEqual([
      { acor: [ADAPTER], acop: MAY.all },
      { acor: ["Cmeter"], acop: MAY.create | MAY.retrieve | MAY.discover },
      { acor: ["Ccontroller"], acop: MAY.retrieve | MAY.discover },
    ])
  })

  it.each<[string, SegmentationPolicy]>([
    ["is only observed", policyOf(conduit("actions: [telemetry, event], mode: observe, observeUntil: 2026-12-01,"))],
    ["has hours", policyOf(conduit("actions: [telemetry, event], window: 06:00-18:00,"))],
    ["has a rate", policyOf(conduit("actions: [telemetry, event], ratePerMinute: 6,"))],
    ["is over", policyOf(conduit("actions: [telemetry, event], expires: 2026-05-01,"))],
    ["asks for more trust than there is", policyOf(conduit("actions: [telemetry, event], minTrust: 95,"))],
    [
      "asks for more assurance than there is",
      policyOf(conduit("actions: [telemetry, event], minAssurance: hardware,")),
    ],
    ["is of another class", policyOf(conduit("actions: [telemetry, event], classes: [pump],"))],
    ["carries commands alone", policyOf(conduit("actions: [command],"))],
    [
      "is forbidden by a guardrail",
      policyOf(
        conduit("actions: [telemetry, event],"),
        `{ id: calm, from: field, to: "*", actions: [telemetry], reason: r }`,
      ),
    ],
  ])("lets nobody read where the conduit %s", (_, policy) => {
    expect(readersOf(meter, now(policy))).toEqual([])
  })

  it("leaves a suspended device nothing, nor others what is its, nor it what is theirs", () => {
    for (const trust of ["quarantined", "revoked"] as const) {
      const suspended = member("meter", "meter", trust)
      expect(privilegesOf(suspended, all, now(PLAIN), ADAPTER)).toEqual([{ acor: [ADAPTER], acop: MAY.all }])
      const reader = { ...all[1]!, standing: { ...all[1]!.standing, trust } }
      expect(readersOf(meter, now(PLAIN), [meter, reader])).toEqual([])
    }
  })

  it("lets nobody read whom telemetry alone or events alone may flow to: a container holds both", () => {
    for (const act of ["telemetry", "event"])
      expect(readersOf(meter, now(policyOf(conduit(`actions: [${act}],`))))).toEqual([])
  })

  it("leaves nobody anything without a policy, or under one that has expired", () => {
    const none = [{ acor: [ADAPTER], acop: MAY.all }]
    expect(privilegesOf(meter, all, null, ADAPTER)).toEqual(none)
    expect(privilegesOf(meter, all, { policy: PLAIN, time: PLAIN.expires }, ADAPTER)).toEqual(none)
  })

  it("grants nothing that the policy, read out loud, does not let flow", () => {
    const words = fc.record({
      from: fc.constantFrom("field", "control", "office"),
      to: fc.constantFrom("field", "control", "office"),
      more: fc.constantFrom("", "window: 06:00-18:00,", "ratePerMinute: 5,", "minTrust: 50,", "classes: [meter],"),
      act: fc.constantFrom("telemetry", "event", "command"),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(words, { selector: ({ from, to, act }) => `${from} ${to} ${act}`, minLength: 1, maxLength: 6 }),
        (conduits) => {
          const lines = conduits.map(
            ({ from, to, more, act }, n) =>
              `  - { id: c${n}, from: ${from}, to: ${to}, actions: [${act}], ${more} owner: o, reason: r }`,
          )
          const policy = policyOf(lines.join("\n"))
          for (const from of all)
            for (const to of all)
              for (const action of ["telemetry", "event"] as const) {
                if (!mayFlow(from, to, action, now(policy))) continue
                const { vendor, class: deviceClass } = from.standing
                const wantedFlow = { device: from.did, vendor, class: deviceClass, audience: to.did, action }
                const zone = pathOf(policy, wantedFlow).from
                const target = zoneOfAudience(policy, to.did)
                expect(interpret(policy, zone!, target!, action, deviceClass).kind).toBe("conduit")
              }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe("what is read back", () => {
  const wanted = [
    { acor: ["Ca", "Cb"], acop: MAY.retrieve },
    { acor: ["Ca"], acop: MAY.create },
  ]
  it("is compared by what it grants, not by how it is written", () => {
    expect(
      isSame(wanted, [
        { acor: ["Cb"], acop: 2 },
        { acor: ["Ca"], acop: 3 },
      ]),
    ).toBe(true)
    expect(wider([{ acor: ["Ca"], acop: MAY.retrieve }], wanted)).toEqual([])
    expect(isSame([{ acor: ["Ca"], acop: MAY.retrieve }], wanted)).toBe(false)
  })
  it("is named where it grants more", () => {
    expect(wider([{ acor: ["Cb", "Cc"], acop: MAY.retrieve | MAY.delete }], wanted)).toEqual(["Cb: 8", "Cc: 10"])
    expect(wider([{ acor: ["all"], acop: 1 }], wanted)).toEqual(["all: 1"])
  })
})
