/** A credential that one TPM can activate, for one key; the vectors of a real TPM are in test/system/hardware (swtpm). */
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { activateCredential as activate } from "@assay/fleet"
import { describe, expect, it } from "vitest"
import { type EndorsementKey, makeCredential } from "../../src/index.ts"

const NAME = Buffer.concat([Uint8Array.of(0, 0x0b), randomBytes(32)])
const pairs = {
  RSA: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  ECC: generateKeyPairSync("ec", { namedCurve: "P-256" }),
}

describe.each(["RSA", "ECC"] as const)("for an endorsement key of %s", (kind) => {
  const { publicKey, privateKey } = pairs[kind]
  const ek: EndorsementKey = { kind, key: publicKey, name: NAME, symmetricBits: 128 }

  it("gives the secret to its TPM, and for the named key alone", () => {
    const secret = randomBytes(32)
    const { blob, seed } = makeCredential(ek, NAME, secret)
    expect(activate(privateKey, NAME, blob, seed)).toEqual(secret)
    expect(() => activate(privateKey, Buffer.alloc(34, 1), blob, seed)).toThrow("TPM_RC_INTEGRITY")
  })

  it("refuses a secret that no TPM takes", () => {
    expect(() => makeCredential(ek, NAME, randomBytes(33))).toThrow(RangeError)
  })
})
