import { itemKey, knowledgeOf } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { describeSpan, endsInForce, endsOf, lapseOf, phaseAt, SOON_MS, shortEnds } from "../src/expiry.ts"
import { KINDS } from "../src/kinds/index.ts"

const DAY = 86_400_000
const active = (hash: string, expires: number, statusLists: ReadonlyArray<object> = []) => ({
  hash,
  version: 3,
  expires,
  body: { statusLists } as never,
})

describe("what runs out", () => {
  it("has expired at its very end, as at an activation", () => {
    expect([999, 1_000, 1_001].map((time) => phaseAt(1_000, time, 0))).toEqual(["lasts", "expired", "expired"])
    expect(phaseAt(SOON_MS + 1, 1)).toBe("soon")
    expect(phaseAt(SOON_MS + 1, 0)).toBe("lasts")
  })

  it("is each item once, and the status lists of a bundle", () => {
    const list = { id: "https://issuer.example/1", issued: 1_000, maxAgeMs: 4_000 }
    const bundle = active("a", 10 * DAY, [list])
    const one = knowledgeOf(new Map([[itemKey("bundle", ""), bundle]]))
    const other = knowledgeOf(new Map([[itemKey("bundle", ""), { ...bundle }]]))
    expect(endsInForce(KINDS, [one, other])).toEqual([
      expect.objectContaining({ what: "the trust bundle", item: "bundle", expires: 10 * DAY, stops: "everything" }),
      expect.objectContaining({
        what: "the status list https://issuer.example/1",
        expires: 5_000,
        soonMs: 1_000,
        isPart: true,
      }),
    ])
    expect(shortEnds(endsOf(KINDS["bundle"]!, { ...bundle, subject: "" }), 4_500)).toEqual([
      "the trust bundle expires in 9 days, at 1970-01-11T00:00:00.000Z",
      "the status list https://issuer.example/1 reaches its maximum age in 0 seconds, at 1970-01-01T00:00:05.000Z",
    ])
    expect(shortEnds(endsOf(KINDS["bundle"]!, { ...bundle, subject: "" }), 6_000)[1]).toContain(
      "is past its maximum age since",
    )
  })

  it("stops everything where bundle, policy or profile has expired in any partition, and says what to do", () => {
    const items = (policy: number) =>
      knowledgeOf(
        new Map([
          [itemKey("bundle", ""), active("b", 9 * DAY)],
          [itemKey("policy", ""), active(`p${policy}`, policy)],
        ]),
      )
    expect(lapseOf(KINDS, [items(5 * DAY), items(6 * DAY)], 5 * DAY - 1)).toBeNull()
    expect(lapseOf(KINDS, [items(6 * DAY), items(5 * DAY)], 5 * DAY)).toMatch(
      /policy of version 3 expired at .*assay policy activate/,
    )
    expect(lapseOf(KINDS, [knowledgeOf(new Map())], 5 * DAY)).toBeNull() // none yet: it is ready to take the first
    const stale = active("b", 9 * DAY, [{ id: "https://issuer.example/1", issued: 0, maxAgeMs: 1 }])
    expect(lapseOf(KINDS, [knowledgeOf(new Map([[itemKey("bundle", ""), stale]]))], DAY)).toBeNull()
    expect(Object.values(KINDS).map(({ name, stops }) => [name, stops])).toEqual([
      ["bundle", "everything"],
      ["policy", "everything"],
      ["profile", "everything"],
      ["logic", "subject"], // it has no end
      ["passport-policy", "subject"], // no verdict rests on it
      ["cohort", "subject"],
      ["delegation", "subject"],
      ["endorsements", "subject"],
      ["reference-values", "subject"],
      ["advisory", "subject"],
      ["status-list", "subject"],
      ["epoch", "subject"],
      ["did-document", "subject"],
      ["did-unavailable", "subject"],
      ["signer-document", "subject"],
      ["trust-registry", "subject"],
    ])
  })

  it.each([
    [-5, "0 seconds"],
    [90_000, "90 seconds"],
    [7_200_000, "2 hours"],
    [DAY, "24 hours"],
    [3.9 * DAY, "3 days"],
  ])("%d ms are %s", (ms, words) => expect(describeSpan(ms)).toBe(words))
})
