/** One key, however it is written, is one key. */
import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { encodeBase64url } from "../src/base64url.ts"
import { publicKeyOf } from "../src/key.ts"
import { keyIdOf, keyIdOfDid, repeatedKeys } from "../src/key-id.ts"
import { encodeDidJwk, jwkOf } from "../src/method/jwk.ts"
import { encodeDidKey } from "../src/method/key.ts"
import { resolveDeviceKey } from "../src/resolve.ts"

const didOf = (jwk: object): string => `did:jwk:${encodeBase64url(Buffer.from(JSON.stringify(jwk)))}`

const keyOf = (curve: string) =>
  publicKeyOf(
    (curve === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" }))
      .publicKey,
  )

/** Every DID of one key that resolves. */
const namesOf = (key: ReturnType<typeof keyOf>): ReadonlyArray<string> => {
  const jwk = jwkOf(key)
  return [
    encodeDidKey(key),
    encodeDidJwk(key),
    didOf(Object.fromEntries(Object.entries(jwk).reverse())),
    didOf({ ...jwk, kid: "another" }),
    didOf({ ...jwk, use: "sig", key_ops: ["verify"] }),
    didOf({ ...jwk, alg: key.alg }),
  ]
}

describe("the name of a key", () => {
  it.each(["Ed25519", "P-256"])("is the same for all DIDs of one %s key", (curve) => {
    const key = keyOf(curve)
    const names = namesOf(key)
    for (const did of names) expect(resolveDeviceKey(did)).toHaveProperty("alg")
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(names.map(keyIdOfDid))).toEqual(new Set([keyIdOf(key)]))
    expect(repeatedKeys(names)).toEqual(names.slice(1).map((_, n) => ({ at: n + 1, first: 0 })))
  })

  it("is the same for a compressed and an uncompressed point", () => {
    const key = keyOf("P-256")
    const full = resolveDeviceKey(encodeDidJwk(key))
    if ("reason" in full) throw new Error(full.detail)
    expect([key.publicKey.length, full.publicKey.length]).toEqual([33, 65])
    expect(keyIdOf(full)).toBe(keyIdOf(key))
  })

  it("is another for another key, also for the two points of one x", () => {
    const key = keyOf("P-256")
    const other = { ...key, publicKey: Uint8Array.from(key.publicKey, (byte, n) => (n === 0 ? 5 - byte : byte)) }
    expect(keyIdOf(other)).not.toBe(keyIdOf(key))
    const [one, two] = [keyOf("Ed25519"), keyOf("Ed25519")].map(encodeDidKey) as [string, string]
    expect(repeatedKeys([one, two, one])).toEqual([{ at: 2, first: 0 }])
  })

  it("of a text that names no key is the text", () => {
    expect(keyIdOfDid("did:web:plant.example")).toBe("did:web:plant.example")
  })
})
