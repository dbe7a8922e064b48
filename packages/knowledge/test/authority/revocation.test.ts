/** The list of a revocation that reaches back: what goes into its parts comes out of them, and nothing else opens. */
import type { Relied } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chainParts, MAX_RELIED, openPart } from "../../src/authority/revocation.ts"

const relied = fc.uniqueArray(fc.maxSafeNat(), { maxLength: 40 }).chain((offsets) =>
  fc.tuple(
    ...offsets
      .toSorted((a, b) => a - b)
      .map((offset) =>
        fc.record({
          offset: fc.constant(offset),
          outcome: fc.constantFrom<Relied["outcome"]>("verified", "annotated"),
          at: fc.nat(2 ** 31),
        }),
      ),
  ),
)
const TOTAL = { decisions: 3, devices: 1, partitions: 1 }

describe("the parts of a list", () => {
  it("hold what was put in, and name each the one behind it", () => {
    fc.assert(
      fc.property(fc.array(relied, { minLength: 1, maxLength: 4 }), (lists) => {
        const contents = lists.map((decisions, n) => ({
          devices: [`did:example:${n}`],
          decisions,
          total: n === lists.length - 1 ? TOTAL : null,
        }))
        const { head, openings } = chainParts(3, contents)
        let next = head
        for (const [n, opening] of openings.entries()) {
          const part = openPart(opening)!
          expect(part).toMatchObject({ partition: 3, hash: next, ...contents[n]! })
          next = part.next
        }
        expect(next).toBeNull()
      }),
      { numRuns: 50 },
    )
  })

  it("are none where they say an offset twice, or more than fit", () => {
    const one = { offset: 5, outcome: "verified", at: 1 } as const
    expect(() =>
      chainParts(0, [
        {
          devices: [],
          decisions: Array.from({ length: MAX_RELIED + 1 }, (_, n) => ({ ...one, offset: n, at: n })),
          total: null,
        },
      ]),
    ).toThrow(RangeError)
    const twice = [one, { ...one, outcome: "annotated" }] as const
    expect(openPart(chainParts(0, [{ devices: [], decisions: twice, total: null }]).openings[0]!)).toBeNull()
  })

  it.each([
    "~",
    "~e30",
    `~${Buffer.from('{"partition":0,"next":null,"devices":[],"verified":"gICAgICAgICAgAE","annotated":null,"total":null}').toString("base64url")}`,
    `~${Buffer.from('{"partition":0,"next":null,"devices":[],"verified":"AQ","annotated":null,"total":null}').toString("base64url")}`,
    `~${Buffer.from('{"partition":-1,"next":null,"devices":[],"verified":null,"annotated":null,"total":null}').toString("base64url")}`,
  ])("%# are none", (opening) => {
    expect(openPart(opening)).toBeNull()
  })
})
