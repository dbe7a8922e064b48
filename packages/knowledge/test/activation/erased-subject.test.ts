/** An erasure forgets what is kept under the device's name, at its place: before it the item counts, after it none does. */
import { dsseSign, signClaims } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import { expect, it } from "vitest"
import { CONTROL_TYP, DID_UNAVAILABLE_TYPE, hashOfBody, KINDS, newErasure, signBundle, Track } from "../../src/index.ts"

const TIME = 1_000_000
const DID = "did:web:id.example.com"
const [issuer, root, resolver, ...operators] = [actor(), actor(), actor(), actor(), actor()]

it("goes with the erasure of its device", () => {
  const bundle = bundleOf(issuer, {
    resolvers: { dids: [resolver.did] },
    operators: operators.map(({ did }) => ({ did, rights: ["erase" as const] })),
  })
  const roots = { roots: [root.did], threshold: 1 }
  const track = Track.restore({ kinds: KINDS, roots, isHome: () => true, log: { epoch: 1, genesis: 900_000 } }, null)
  const activate = (item: string, body: Uint8Array) =>
    track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, TIME).reasons
  expect(activate("bundle", signBundle(bundle, [root]))).toEqual([])
  const fact = { did: DID, checked: TIME, again: TIME + 1_000, why: "not_found", detail: "404" }
  expect(
    activate("did-unavailable", dsseSign(DID_UNAVAILABLE_TYPE, Buffer.from(JSON.stringify(fact)), [resolver])),
  ).toEqual([])
  track.settle()
  const before = track.subjects
  expect(before.get("did-unavailable", DID)).toMatchObject({ version: TIME / 1_000 })
  const { target, opening } = newErasure(DID, "0123456789abcdef0123456789abcdef")
  const times = { iat: TIME / 1_000 - 10, exp: TIME / 1_000 + 100 }
  const said = {
    aud: bundle.trustDomain,
    log: "assay-log:1:900000",
    ...times,
    seq: 7,
    target,
    verb: "erase",
    reason: "asked",
  }
  const tokens = operators.map(({ did, kid, key }) =>
    signClaims({ iss: did, ...said }, key, { kid, typ: CONTROL_TYP }).toString(),
  )
  expect(track.apply({ kind: "control", tokens: [...tokens, opening] }, TIME)).toMatchObject({ accepted: true })
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
  expect(before.get("did-unavailable", DID)).not.toBe(null)
  track.settle()
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
})
