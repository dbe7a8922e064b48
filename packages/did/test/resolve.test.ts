import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  cachedResolver,
  encodeDidJwk,
  encodeDidKey,
  isKidOfDevice,
  keyIdOfResolved,
  kidOfDevice,
  type PublicKey,
  resolveDeviceKey,
} from "../src/index.ts"

const made = (alg: PublicKey["alg"]): PublicKey => {
  const { publicKey } =
    alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { x, y } = publicKey.export({ format: "jwk" })
  const [first, second] = [Buffer.from(x!, "base64url"), Buffer.from(y ?? "", "base64url")]
  return { alg, publicKey: alg === "Ed25519" ? first : Buffer.concat([Buffer.of(2 + (second.at(-1)! & 1)), first]) }
}

describe("a resolver with a memory", () => {
  const keys = Array.from({ length: 12 }, (_, nth) => made(nth % 2 === 0 ? "Ed25519" : "ES256"))
  const dids = keys.flatMap((key) => [encodeDidKey(key), encodeDidJwk(key)])

  it.each([1, 5, 100])("says with %i places what resolving anew says", (capacity) => {
    const resolve = cachedResolver(capacity, (did) => did.length % 7)
    for (let round = 0; round < 3; round++) {
      for (const did of dids) {
        const anew = resolveDeviceKey(did)
        const known = resolve(did)
        if ("reason" in anew || "reason" in known) throw new Error("no key")
        expect(Buffer.from(known.publicKey).equals(anew.publicKey)).toBe(true)
        expect(known).toMatchObject({ did, alg: anew.alg, keyId: keyIdOfResolved(anew), home: did.length % 7 })
      }
    }
  })

  it("gives the same string for a device, whichever string it was asked with", () => {
    const resolve = cachedResolver(10, () => 0)
    const first = resolve(dids[0]!)
    const again = resolve(Buffer.from(dids[0]!).toString())
    expect(again).toEqual(first)
  })

  it("keeps no failure", () => {
    const resolve = cachedResolver(1, () => 0)
    resolve(dids[0]!)
    expect(resolve("did:key:nothing")).toMatchObject({ reason: "did_invalid" })
    expect(resolve(dids[0]!)).toMatchObject({ did: dids[0] })
  })

  it("hands out bytes that nothing writes over", () => {
    const resolve = cachedResolver(1, () => 0)
    const first = resolve(dids[0]!)
    if ("reason" in first) throw new Error("no key")
    const before = Buffer.from(first.publicKey)
    for (const did of dids) resolve(did)
    expect(Buffer.from(first.publicKey)).toEqual(before)
  })
})

describe("the kid of a device", () => {
  const [jwk, key] = [encodeDidJwk(made("ES256")), encodeDidKey(made("Ed25519"))]

  it.each([jwk, key])("is one text alone", (did) => {
    const kid = kidOfDevice(did)
    const found = resolveDeviceKey(did)
    expect(found).toMatchObject({ kid })
    expect(isKidOfDevice(did, kid)).toBe(true)
    const others = [
      did,
      `${did}#`,
      `${kid}0`,
      kid.slice(0, -1),
      kid.slice(1),
      kid.replace("#", "%"),
      `${did}#1`,
      `x${kid}`,
    ]
    for (const other of others) expect(isKidOfDevice(did, other)).toBe(false)
    expect(isKidOfDevice(did, kid.slice(0, -1) + (kid.endsWith("1") ? "2" : "1"))).toBe(false)
  })

  it("is not that of another device", () => {
    expect(isKidOfDevice(key, kidOfDevice(jwk))).toBe(false)
    expect(isKidOfDevice(key, kidOfDevice(encodeDidKey(made("Ed25519"))))).toBe(false)
  })
})
