import { ACTIONS } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compilePolicy } from "../../src/compile/compile.ts"
import { ACTION_INDEX, classOf, flowIndex, GUARDRAIL, NO_CONDUIT } from "../../src/compile/table.ts"
import { interpret, zoneOfAudience, zoneOfDevice } from "../../src/interpret.ts"
import { anyPolicy, CLASSES, DEVICES, VENDORS } from "../support.ts"

const RUNS = { numRuns: 300 }

const audience = fc.oneof(
  fc.constantFrom(
    "https://p/a/b",
    "https://p/a/b/",
    "https://p/a",
    "https://p/a/b/c/d",
    "https://p",
    "urn:x:1",
    "urn:x:10",
  ),
  fc.constantFrom("https://p/a/../c", "https://p/a//b", "https://p/%61", "https://p/a?b", "", "p", ...DEVICES),
  fc
    .array(fc.constantFrom("https:", "/", "p", "a", "b", "c", "q", ".."), { maxLength: 9 })
    .map((parts) => parts.join("")),
)

describe("the compiled policy against the interpreted one", () => {
  it("rules the same on every flow of any policy", () => {
    let carried = 0
    let forbidden = 0
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const { table } = compilePolicy(policy)
        for (const [f, from] of table.zones.entries())
          for (const [t, to] of table.zones.entries())
            for (const action of ACTIONS)
              for (const cls of [...CLASSES, "a class that nobody names", null]) {
                const flow = table.flows[flowIndex(table, f, t, ACTION_INDEX[action], classOf(table, cls))]!
                const ruling = interpret(policy, from, to, action, cls)
                if (ruling.kind === "conduit") carried++
                if (ruling.kind === "guardrail") forbidden++
                const expected =
                  ruling.kind === "none"
                    ? NO_CONDUIT
                    : ruling.kind === "conduit"
                      ? ruling.index
                      : GUARDRAIL - ruling.index
                if (flow !== expected)
                  expect({ from, to, action, cls, flow }).toEqual({ from, to, action, cls, flow: expected })
              }
      }),
      RUNS,
    )
    // A generator that only makes empty policies would prove nothing.
    expect(carried).toBeGreaterThan(1_000)
    expect(forbidden).toBeGreaterThan(1_000)
  })

  it("has exactly one entry per flow", () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const { table } = compilePolicy(policy)
        const n = table.zones.length
        const width = table.classes.length + 1
        expect(table.flows.length).toBe(n * n * 5 * width)
        expect(flowIndex(table, n - 1, n - 1, 4, width - 1)).toBe(table.flows.length - 1)
      }),
      { numRuns: 50 },
    )
  })

  it("puts every audience into the same zone, asked once or again", () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(audience, { minLength: 1, maxLength: 20 }), (policy, audiences) => {
        const { table, zoneOfAudience: lookup } = compilePolicy(policy)
        for (const aud of [...audiences, ...audiences]) {
          const zone = table.zones[lookup(aud)] ?? null
          const wanted = zoneOfAudience(policy, aud)
          // A zone that assignments name and the policy lacks is no zone.
          expect([aud, zone]).toEqual([aud, wanted !== null && table.zoneIndex.has(wanted) ? wanted : null])
        }
      }),
      RUNS,
    )
  })

  it("puts every device into the same zone", () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const { table, zoneOfDevice: lookup } = compilePolicy(policy)
        for (const device of [...DEVICES, "did:key:zOther"])
          for (const vendor of [...VENDORS, "other", null])
            for (const cls of [...CLASSES, "other", null]) {
              const wanted = zoneOfDevice(policy, device, vendor, cls)
              expect([device, vendor, cls, table.zones[lookup(device, vendor, cls)] ?? null]).toEqual([
                device,
                vendor,
                cls,
                wanted !== null && table.zoneIndex.has(wanted) ? wanted : null,
              ])
            }
      }),
      RUNS,
    )
  })

  it("compiles a policy object once", () => {
    const policy = fc.sample(anyPolicy, { numRuns: 1, seed: 7 })[0]!
    expect(compilePolicy(policy)).toBe(compilePolicy(policy))
    expect(compilePolicy({ ...policy })).not.toBe(compilePolicy(policy))
  })
})
