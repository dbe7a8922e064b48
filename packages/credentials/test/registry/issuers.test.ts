/** Which issuers count because a registry says so, and for how long: within its scope, depth and levels, and never where two contradict. */
import type { Active, RegistryAnswer, RegistryAnswers, TrustedRegistry } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { registeredIssuers } from "../../src/registry/issuers.ts"

const R = "https://registry.example/"
const A = "https://vendor-a.example/"
const B = "https://vendor-b.example/"
const ISSUER = "did:key:zIssuer"
const TYPE = "AssayDeviceCredential"
const SCOPE: TrustedRegistry["scope"] = {
  credentialTypes: ["*"],
  vendors: ["*"],
  measurements: ["*"],
  actions: ["telemetry"],
  maxAssurance: "software",
}

const registryOf = (more: Partial<TrustedRegistry> = {}): TrustedRegistry => ({
  authority: R,
  url: "https://registry.example/trqp",
  framework: "urn:framework:1",
  resolvers: 1,
  maxAgeMs: 86_400_000,
  depth: 1,
  scope: SCOPE,
  levels: [
    { level: "low", assurance: "claimed" },
    { level: "substantial", assurance: "software" },
    { level: "high", assurance: "hardware" },
  ],
  ...more,
})
const answer = (more: Partial<RegistryAnswer> = {}): RegistryAnswer => ({
  query: "authorization",
  authority: R,
  entity: ISSUER,
  action: "issue",
  resource: TYPE,
  level: "substantial",
  holds: true,
  evaluated: 1_000,
  expires: 9_000,
  ...more,
})
const recognition = (authority: string, entity: string, more: Partial<RegistryAnswer> = {}): RegistryAnswer =>
  answer({ query: "recognition", authority, entity, level: null, ...more })
const itemOf = (answers: ReadonlyArray<RegistryAnswer>, authority = R): Active<RegistryAnswers> => ({
  hash: `hash of ${authority}`,
  version: 1,
  expires: 50_000,
  body: { authority, framework: "urn:framework:1", checked: 1_000, expires: 50_000, answers },
})
const found = (answers: ReadonlyArray<RegistryAnswer>, more: Partial<TrustedRegistry> = {}) =>
  registeredIssuers([[registryOf(more), itemOf(answers)]]).by.get(ISSUER)?.[0] ?? null

describe("an issuer that a registry authorizes", () => {
  it("counts within the scope of the bundle, at the level that is mapped, until the answer ends", () => {
    expect(found([answer()])).toEqual({
      issuer: { ...SCOPE, did: ISSUER, credentialTypes: [TYPE], maxAssurance: "software" },
      expires: 9_000,
      registry: R,
      hash: `hash of ${R}`,
    })
  })

  it.each([
    ["high", "software"],
    ["low", "claimed"],
    [null, "claimed"],
    ["unheard of", "claimed"],
  ])("at level %j has at most %s", (level, assurance) => {
    expect(found([answer({ level })])?.issuer.maxAssurance).toBe(assurance)
  })

  it("has the highest level of those that were granted", () => {
    const levels = [answer({ level: null }), answer({ level: "low" }), answer({ level: "substantial" })]
    expect(found(levels)?.issuer.maxAssurance).toBe("software")
  })

  it.each<[string, ReadonlyArray<RegistryAnswer>, Partial<TrustedRegistry>]>([
    ["it says no", [answer({ holds: false })], {}],
    ["another action", [answer({ action: "verify" })], {}],
    ["a type outside the scope", [answer()], { scope: { ...SCOPE, credentialTypes: ["Other"] } }],
    ["a word of nobody that counts", [answer({ authority: A })], {}],
    ["it contradicts itself", [answer(), answer({ holds: false })], {}],
  ])("does not count: %s", (_, answers, more) => {
    expect(found(answers, more)).toBeNull()
  })
})

describe("an issuer behind a recognised authority", () => {
  const chain = [recognition(R, A), answer({ authority: A })]

  it("counts within the depth, for as long as each answer on the way lasts", () => {
    expect(found(chain)?.expires).toBe(9_000)
    expect(found([recognition(R, A, { expires: 4_000 }), answer({ authority: A })])?.expires).toBe(4_000)
    expect(found(chain, { depth: 0 })).toBeNull()
    const longer = [recognition(R, A), recognition(A, B), answer({ authority: B })]
    expect(found(longer)).toBeNull()
    expect(found(longer, { depth: 2 })).not.toBeNull()
  })

  it("has the least assurance on the way", () => {
    expect(found([recognition(R, A, { level: "low" }), answer({ authority: A })])?.issuer.maxAssurance).toBe("claimed")
  })

  it("does not count for a type that it is not recognised for, or by who is not recognised", () => {
    expect(found([recognition(R, A, { resource: "Other" }), answer({ authority: A })])).toBeNull()
    expect(found([recognition(A, R), answer({ authority: A })])).toBeNull()
    expect(found([recognition(R, A, { holds: false }), answer({ authority: A })])).toBeNull()
  })

  it("ends where authorities recognise each other in a circle", () => {
    const circle = [recognition(R, A), recognition(A, B), recognition(B, A), recognition(B, R)]
    expect(found([...circle, answer({ authority: B })], { depth: 3 })).not.toBeNull()
  })
})

describe("two registries", () => {
  const second = registryOf({ authority: B })

  it("that contradict each other are a conflict", () => {
    const { by, conflicts } = registeredIssuers([
      [registryOf(), itemOf([answer()])],
      [second, itemOf([answer({ authority: B, level: null, holds: false })], B)],
    ])
    expect(by.get(ISSUER)).toHaveLength(1)
    expect(conflicts.get(`${ISSUER} ${TYPE}`)).toBe(B)
  })

  it("do not where one leaves it to the authority that it recognises", () => {
    const { by, conflicts } = registeredIssuers([
      [registryOf(), itemOf([answer({ level: null, holds: false }), recognition(R, A), answer({ authority: A })])],
    ])
    expect([by.get(ISSUER)?.length, conflicts.size]).toEqual([1, 0])
  })

  it("do not where one denies a level, or whoever denies it does not count", () => {
    const denial = answer({ authority: B, holds: false })
    const of = (answers: ReadonlyArray<RegistryAnswer>) =>
      registeredIssuers([
        [registryOf(), itemOf([answer()])],
        [second, itemOf(answers, B)],
      ]).conflicts.size
    expect(of([denial])).toBe(0)
    expect(of([{ ...denial, authority: A, level: null }])).toBe(0)
  })
})
