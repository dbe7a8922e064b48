/** A device whose document could not be found, and who may say so and erase it. */
import { dsseSign, signClaims } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import { CONTROL_TYP, DID_UNAVAILABLE_TYPE, newErasure, signBundle } from "../../src/index.ts"

/** Milliseconds since 1970. */
export const TIME = 1_000_000
export const DID = "did:web:id.example.com"
const [issuer, root, resolver, ...operators] = [actor(), actor(), actor(), actor(), actor()]

const bundle = bundleOf(issuer, {
  resolvers: { dids: [resolver.did] },
  operators: operators.map(({ did }) => ({ did, rights: ["erase" as const] })),
})

export const ROOTS = { roots: [root.did], threshold: 1 }
export const BUNDLE = signBundle(bundle, [root])
export const UNAVAILABLE = dsseSign(
  DID_UNAVAILABLE_TYPE,
  Buffer.from(JSON.stringify({ did: DID, checked: TIME, again: TIME + 1_000, why: "not_found", detail: "404" })),
  [resolver],
)

/** Two operators erase the device: the first command that names the key of tombstones. */
export const erasure = (): ReadonlyArray<string> => {
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
