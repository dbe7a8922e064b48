/** RFC 8037 appendix A: Ed25519 in JOSE. */
import { createHash, createPrivateKey } from "node:crypto"
import { decodeBase64url, encodeBase64url, jwkOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { signRaw } from "../src/sign.ts"
import { INVALID, VALID, verifyNow } from "../src/verify/in-thread.ts"

const X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
const D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
const INPUT = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
const SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
const KEY = { alg: "Ed25519" as const, publicKey: decodeBase64url(X)! }

describe("RFC 8037", () => {
  it("A.3: the JWK's members give the published thumbprint", () => {
    const json = JSON.stringify(jwkOf(KEY))
    expect(encodeBase64url(createHash("sha256").update(json).digest())).toBe(
      "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    )
  })

  it("A.4: signs to the published signature", () => {
    const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x: X, d: D }, format: "jwk" })
    expect(encodeBase64url(signRaw(key, Buffer.from(INPUT)))).toBe(SIGNATURE)
  })

  it("A.5: verifies it, and nothing near it", () => {
    const signature = decodeBase64url(SIGNATURE)!
    expect(verifyNow(KEY, Buffer.from(INPUT), signature)).toBe(VALID)
    for (let i = 0; i < signature.length; i++) {
      const bent = Buffer.from(signature)
      bent[i]! ^= 1
      expect(verifyNow(KEY, Buffer.from(INPUT), bent)).toBe(INVALID)
    }
  })
})
