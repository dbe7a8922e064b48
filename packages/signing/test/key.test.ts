import { generateKeyPairSync } from "node:crypto"
import { resolveDeviceKey } from "@assay/did"
import { VALID, verifyNow } from "@assay/jose/verify"
import { expect, it } from "vitest"
import { signerOfKey } from "../src/index.ts"

it.each([
  ["Ed25519", generateKeyPairSync("ed25519").privateKey],
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
] as const)("an %s key signs what its DID verifies", async (alg, key) => {
  const signer = signerOfKey(key)
  const input = Buffer.from("something")
  const named = resolveDeviceKey(signer.did)
  if ("reason" in named) throw new Error(named.detail)
  expect(signer.alg).toBe(alg)
  expect(verifyNow(named, input, await signer.sign(input))).toBe(VALID)
})

it("an RSA key is refused", () => {
  expect(() => signerOfKey(generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey)).toThrow(TypeError)
})
