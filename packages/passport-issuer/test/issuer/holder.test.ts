import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { signClaims } from "@assay/jose"
import { expect, it } from "vitest"
import { isHolder } from "../../src/index.ts"

const NOW = 1_900_000_000
const DOMAIN = "https://plant.example/"
const { privateKey: key } = generateKeyPairSync("ed25519")
const did = encodeDidKey(publicKeyOf(key))
const other = generateKeyPairSync("ed25519").privateKey

const proof = (changes: object = {}, by = key, typ = "m2m-passport-request+jwt"): string =>
  signClaims({ iss: did, aud: DOMAIN, iat: NOW, ...changes }, by, { kid: `${did}#${did.slice(8)}`, typ }).toString()

it("is who signs for its DID, for this deployment, now", () => {
  expect(isHolder(proof(), did, DOMAIN, NOW * 1_000)).toBe(true)
  expect(isHolder(proof(), did, DOMAIN, (NOW + 59) * 1_000)).toBe(true)
})

it.each([
  ["another key", proof({}, other)],
  ["another device", proof({ iss: "did:key:zOther" })],
  ["another deployment", proof({ aud: "https://other.example/" })],
  ["a request of before", proof({ iat: NOW - 61 })],
  ["a request of tomorrow", proof({ iat: NOW + 61 })],
  ["a message", proof({}, key, "m2m-message+jwt")],
  ["no time", proof({ iat: "now" })],
  ["no token", "x"],
  ["nothing", ""],
])("is not %s", (_, given) => {
  expect(isHolder(given, did, DOMAIN, NOW * 1_000)).toBe(false)
})
