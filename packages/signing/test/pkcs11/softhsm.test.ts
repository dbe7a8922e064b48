/** Real keys in a real PKCS#11 library. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveDeviceKey } from "@assay/did"
import { VALID, verifyNow } from "@assay/jose/verify"
import { hasSoftHsm, sayWithoutSoftHsm, type TestTokens, testTokens } from "@assay/testkit/softhsm"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { generateInToken, KeyError, KeyUnreachableError, openSigner, parsePkcs11Uri } from "../../src/index.ts"

sayWithoutSoftHsm("packages/signing/test/pkcs11/softhsm.test.ts")

describe.skipIf(!hasSoftHsm)("keys in a token", () => {
  let tokens: TestTokens
  let dir = ""
  const dids: Record<string, string> = {}
  const uri = (label: string): string => tokens.uri("plant", label)

  beforeAll(async () => {
    tokens = testTokens("plant", "other")
    dir = mkdtempSync(join(tmpdir(), "assay-signing-"))
    for (const alg of ["Ed25519", "ES256"] as const)
      dids[alg] = await generateInToken(parsePkcs11Uri(uri(`key-${alg}`)), alg)
  })
  afterAll(() => {
    tokens.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  it.each(["Ed25519", "ES256"] as const)("%s signs what its DID verifies, also many at once", async (alg) => {
    const signer = await openSigner(uri(`key-${alg}`))
    try {
      expect([signer.did, signer.alg]).toEqual([dids[alg], alg])
      const key = resolveDeviceKey(signer.did)
      if ("reason" in key) throw new Error(key.detail)
      const inputs = Array.from({ length: 32 }, (_, n) => Buffer.alloc(1 + n * 1_000, n))
      const signatures = await Promise.all(inputs.map((input) => signer.sign(input)))
      for (const [n, input] of inputs.entries()) expect(verifyNow(key, input, signatures[n]!)).toBe(VALID)
    } finally {
      await signer.close()
    }
    await expect(signer.sign(Buffer.from("x"))).rejects.toThrow(KeyUnreachableError)
  })

  it("two keys of one library share its thread, and one of them closes alone", async () => {
    const [one, other] = [await openSigner(uri("key-Ed25519")), await openSigner(uri("key-ES256"))]
    await one.close()
    expect((await other.sign(Buffer.from("x"))).length).toBe(64)
    await other.close()
  })

  it("a label is not taken twice", async () => {
    const again = generateInToken(parsePkcs11Uri(uri("key-ES256")), "ES256")
    await expect(again).rejects.toThrow("never overwritten")
    await expect(generateInToken(parsePkcs11Uri(tokens.uri("plant", "")), "ES256")).rejects.toThrow("needs a label")
  })

  it("a file that refers to a token pins which key it is", async () => {
    const path = join(dir, "key.json")
    const write = (did: string, reference: string): void => writeFileSync(path, JSON.stringify({ did, reference }))
    write(dids["ES256"]!, uri("key-ES256"))
    const signer = await openSigner(path)
    expect((await signer.sign(Buffer.from("x"))).length).toBe(64)
    await signer.close()
    write(dids["Ed25519"]!, uri("key-ES256"))
    await expect(openSigner(path)).rejects.toThrow("was expected")
    write(dids["ES256"]!, path)
    await expect(openSigner(path)).rejects.toThrow("must hold the key or say where it lies")
  })

  it.each([
    ["another label", () => uri("nobody"), "no private key"],
    ["the other token", () => tokens.uri("other", "key-ES256"), "no private key"],
    ["no such token", () => tokens.uri("nowhere", "key-ES256"), "there is no token"],
    ["no PIN", () => uri("key-ES256").replace(/&pin-source.*/, ""), "without a pin-source"],
    ["no PIN file", () => uri("key-ES256").replace(/pin-source=.*/, "pin-source=/no/such"), "cannot be read"],
    ["no library", () => "pkcs11:token=plant;object=a?module-path=/etc/hostname", "is no PKCS#11 library"],
  ])("%s: says so", async (_, reference, says) => {
    await expect(openSigner(reference())).rejects.toThrow(says)
  })

  it("a wrong PIN is a mistake of the caller's, and is not tried again", async () => {
    const pin = join(dir, "wrong-pin")
    writeFileSync(pin, "9999\n")
    const failed = openSigner(uri("key-ES256").replace(/pin-source=.*/, `pin-source=${pin}`))
    await expect(failed).rejects.toThrow(KeyError)
    await expect(failed).rejects.toThrow("refuses the PIN")
  })
})
