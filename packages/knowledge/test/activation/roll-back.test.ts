/** A track that is put back knows nothing of the entries since: the same entries are judged once more as if for the first time. */
import { dsseSign, signClaims } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import { expect, it } from "vitest"
import { CONTROL_TYP, DID_UNAVAILABLE_TYPE, hashOfBody, KINDS, newErasure, signBundle, Track } from "../../src/index.ts"

const TIME = 1_000_000
const DID = "did:web:id.example.com"
const [issuer, root, resolver, ...operators] = [actor(), actor(), actor(), actor(), actor()]

const bundle = bundleOf(issuer, {
  resolvers: { dids: [resolver.did] },
  operators: operators.map(({ did }) => ({ did, rights: ["erase" as const] })),
})
const unavailable = dsseSign(
  DID_UNAVAILABLE_TYPE,
  Buffer.from(JSON.stringify({ did: DID, checked: TIME, again: TIME + 1_000, why: "not_found", detail: "404" })),
  [resolver],
)

/** Two operators erase the device: the first command that names the key of tombstones. */
const erasure = (): ReadonlyArray<string> => {
  const { target, opening } = newErasure(DID, "0123456789abcdef0123456789abcdef")
  const said = {
    aud: bundle.trustDomain,
    log: "assay-log:1:900000",
    iat: TIME / 1_000 - 10,
    exp: TIME / 1_000 + 100,
    seq: 7,
    target,
    verb: "erase",
    reason: "asked",
  }
  const tokens = operators.map(({ did, kid, key }) =>
    signClaims({ iss: did, ...said }, key, { kid, typ: CONTROL_TYP }).toString(),
  )
  return [...tokens, opening]
}

it("is as it was at the last commit, whatever was activated or commanded since", () => {
  const roots = { roots: [root.did], threshold: 1 }
  const track = Track.restore({ kinds: KINDS, roots, isHome: () => true, log: { epoch: 1, genesis: 900_000 } }, null)
  const activate = (item: string, body: Uint8Array) =>
    track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, TIME)
  expect(() => track.rollBack()).toThrow("nothing was kept")
  track.committed()
  const tokens = erasure()
  const steps = [
    () => activate("bundle", signBundle(bundle, [root])),
    () => activate("did-unavailable", unavailable),
    () => track.apply({ kind: "control", tokens }, TIME),
  ]
  for (const step of steps) {
    const before = { knowledge: track.knowledge, logic: track.logic, kept: Buffer.from(track.copy()).toString() }
    const item = track.subjects.get("did-unavailable", DID)
    const first = step()
    expect(first).toMatchObject({ accepted: true })
    // Written on its way to a commit that failed.
    if (track.changed) track.encode()
    track.rollBack()
    expect(track.knowledge).toBe(before.knowledge)
    expect(track.logic).toBe(before.logic)
    expect(Buffer.from(track.copy()).toString()).toBe(before.kept)
    expect(track.changed).toBe(false)
    expect(track.subjects.get("did-unavailable", DID)).toEqual(item)
    expect(step()).toEqual(first)
    track.settle()
    if (track.changed) track.encode()
    track.committed()
  }
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
})
