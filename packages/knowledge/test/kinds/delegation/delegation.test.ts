/** Who may sign a delegation, and what it may say. */
import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { Active, Delegation, RootSet, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { DELEGATION, DELEGATION_TYPE } from "../../../src/kinds/delegation/kind.ts"
import { MAX_DELEGATES } from "../../../src/kinds/delegation/parse.ts"
import { openItem } from "../../../src/open.ts"

const [rootA, rootB, issuer, one, two, three, gateway, other] = Array.from({ length: 8 }, () => actor()) as [
  Actor,
  Actor,
  Actor,
  Actor,
  Actor,
  Actor,
  Actor,
  Actor,
]
const ROOTS: RootSet = { roots: [rootA.did, rootB.did], threshold: 2 }
const METER = { name: "urn:dev:mac:0024befffe804ff1", vendor: "acme", class: "meter" }

const bundle: Active<TrustBundle> = {
  hash: "b".repeat(64),
  version: 1,
  expires: 2_000_000,
  body: bundleOf(issuer, {
    operators: [
      { did: one.did, rights: ["delegate"] },
      { did: two.did, rights: ["delegate", "release"] },
      { did: three.did, rights: ["release"] },
    ],
  }),
}
const delegationOf = (over: Partial<Record<keyof Delegation, unknown>> = {}) => ({
  version: 1,
  issued: 1_000,
  expires: 2_000,
  gateway: gateway.did,
  devices: [METER],
  ...over,
})
const open = (
  body: object,
  signers: ReadonlyArray<Actor>,
  context = { roots: ROOTS, bundle: bundle as typeof bundle | null },
) => openItem(DELEGATION, dsseSign(DELEGATION_TYPE, Buffer.from(JSON.stringify(body)), signers), context)

describe("a delegation", () => {
  it("is about its gateway, and expires as it says", () => {
    const opened = open(delegationOf(), [rootA, rootB])
    expect(opened).toMatchObject({
      subject: gateway.did,
      active: { version: 1, expires: 2_000, body: { devices: [METER] } },
    })
  })

  it.each<[string, ReadonlyArray<Actor>, boolean]>([
    ["the roots' threshold", [rootA, rootB], true],
    ["two operators with the right", [one, two], true],
    ["one root", [rootA], false],
    ["one operator", [one], false],
    ["an operator without the right beside one with it", [one, three], false],
    ["a root and an operator", [rootA, one], false],
    ["the gateway itself", [gateway], false],
    ["the gateway and an operator", [gateway, one], false],
    ["an issuer", [issuer], false],
  ])("signed by %s", (_, signers, accepted) => {
    const opened = open(delegationOf(), signers)
    expect("reasons" in opened ? opened.reasons : []).toEqual(accepted ? [] : ["control.knowledge_unsigned"])
  })

  it("is none with two signatures of one key", () => {
    expect(open(delegationOf(), [one, one])).toMatchObject({ reasons: ["control.knowledge_malformed"] })
  })

  it("counts by the roots alone before there is a bundle", () => {
    expect("reasons" in open(delegationOf(), [rootA, rootB], { roots: ROOTS, bundle: null })).toBe(false)
    expect("reasons" in open(delegationOf(), [one, two], { roots: ROOTS, bundle: null })).toBe(true)
  })

  it.each<[string, Partial<Record<keyof Delegation, unknown>>, string]>([
    ["a pattern", { devices: [{ ...METER, name: "meter-*" }] }, "name"],
    ["a device with a key of its own", { devices: [{ ...METER, name: actor().did }] }, "signs for itself"],
    ["a DID in capitals", { devices: [{ ...METER, name: "DID:key:z6Mk" }] }, "signs for itself"],
    ["a name twice", { devices: [METER, METER] }, "again"],
    ["a name with a slash", { devices: [{ ...METER, name: "a/b" }] }, "name"],
    ["no device", { devices: [] }, "devices"],
    [
      "too many",
      { devices: Array.from({ length: MAX_DELEGATES + 1 }, (_, n) => ({ ...METER, name: `m${n}` })) },
      "devices",
    ],
    ["a gateway that is no key", { gateway: "did:web:gateway.example" }, "gateway"],
    ["a gateway under another one", { gateway: `${gateway.did}/meter-1` }, "gateway"],
    ["an end before its beginning", { expires: 1_000 }, "expires"],
    ["a class with a slash", { devices: [{ ...METER, class: "a/b" }] }, "class"],
    ["a member that nobody knows", { devices: [{ ...METER, delegates: ["x"] }] }, "devices"],
  ])("is refused with %s", (_, over, why) => {
    const opened = open(delegationOf(over), [rootA, rootB])
    expect(opened).toMatchObject({ reasons: ["control.knowledge_malformed"], detail: expect.stringContaining(why) })
  })

  it.each([
    ["a root", rootA],
    ["an issuer", issuer],
    ["an operator", one],
  ])("is refused where the gateway's key is that of %s", (what, { did }) => {
    const opened = open(delegationOf({ gateway: did }), [rootA, rootB])
    expect(opened).toMatchObject({ reasons: ["control.knowledge_malformed"], detail: expect.stringContaining(what) })
  })

  it.each<[string, Partial<TrustBundle>]>([
    ["an aggregator", { aggregators: [other.did] }],
    ["a log", { logKeys: [{ did: other.did, retired: false }] }],
    ["a challenger", { challengers: [other.did] }],
    ["an endorser", { endorsers: [other.did] }],
    ["a signer of reference values", { references: [{ did: other.did, vendors: ["acme"] }] }],
  ])("is refused where the gateway's key is that of %s", (what, named) => {
    const context = { roots: ROOTS, bundle: { ...bundle, body: { ...bundle.body, ...named } } }
    const opened = open(delegationOf({ gateway: other.did }), [rootA, rootB], context)
    expect(opened).toMatchObject({ reasons: ["control.knowledge_malformed"], detail: expect.stringContaining(what) })
  })

  it("has a file to begin with that people can read, and tells what changes", () => {
    const { plain } = DELEGATION
    const { body, problems } = plain.read(Buffer.from(plain.start!(1_000)), { file: "delegation.json" })
    expect(problems).toEqual([])
    const after = {
      ...body!,
      devices: [
        { ...body!.devices[0]!, class: "gauge" },
        { ...METER, name: "meter-2" },
      ],
    }
    expect(plain.diff!(body!, after, null).lines).toEqual(["+ meter-2", "~ urn:dev:mac:0024befffe804ff1: acme/gauge"])
    expect(plain.explain!(after)[0]).toContain("speaks for 2 devices")
  })
})
