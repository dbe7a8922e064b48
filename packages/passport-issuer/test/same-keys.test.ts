/** The verifier that devices carry reads keys with code of its own: it must see the same key in every DID as the pipeline does. */
import { generateKeyPairSync } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { keyOfDid, kidOf } from "@assay/passport/issue"
import fc from "fast-check"
import { expect, it } from "vitest"

const dids = Array.from({ length: 8 }, () => [
  publicKeyOf(generateKeyPairSync("ed25519").privateKey),
  publicKeyOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
])
  .flat()
  .flatMap((key) => [encodeDidKey(key), encodeDidJwk(key)])

it("of a good DID", () => {
  for (const did of dids) {
    const [theirs, ours] = [resolveDeviceKey(did), keyOfDid(did)]
    if ("reason" in theirs || ours === null) throw new Error(did)
    expect(ours.alg).toBe(theirs.alg)
    expect(kidOf(did)).toBe(theirs.kid)
    const theirX = theirs.alg === "Ed25519" ? theirs.publicKey : theirs.publicKey.subarray(1, 33)
    expect(Buffer.from(ours.alg === "Ed25519" ? ours.raw : ours.raw.subarray(1, 33))).toEqual(Buffer.from(theirX))
  }
})

it("of a DID with any letter changed: what devices believe, the pipeline does", () => {
  fc.assert(
    fc.property(fc.constantFrom(...dids), fc.nat(), fc.constantFrom(..."123abcXYZ_-.:"), (did, place, letter) => {
      const at = 8 + (place % (did.length - 8))
      const changed = did.slice(0, at) + letter + did.slice(at + 1)
      if (keyOfDid(changed) !== null) expect(resolveDeviceKey(changed)).not.toHaveProperty("reason")
    }),
    { numRuns: 2_000 },
  )
})
