import { generateKeyPairSync } from "node:crypto"
import { publicKeyOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { parseCompact } from "../../../src/jws/compact/parse.ts"
import { signClaims } from "../../../src/jws/compact/sign.ts"
import { VALID, verifyNow } from "../../../src/verify/in-thread.ts"

const KEYS = [
  ["Ed25519", generateKeyPairSync("ed25519")],
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
] as const

describe("signing", () => {
  it.each(KEYS)("%s: the token verifies, and signing again gives the same bytes", (alg, { privateKey, publicKey }) => {
    const sign = () => signClaims({ n: 1 }, privateKey, { kid: "k", typ: "t" })
    const token = sign()
    expect(sign().equals(token)).toBe(true)
    const jws = parseCompact(token, { typ: ["t"] })
    if ("reason" in jws) throw new Error(jws.detail)
    expect(jws.header.alg).toBe(alg)
    expect(verifyNow(publicKeyOf(publicKey), jws.signingInput, jws.signature)).toBe(VALID)
  })

  it("refuses other keys", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    expect(() => signClaims({}, privateKey, { kid: "k", typ: "t" })).toThrow(TypeError)
  })
})
