import { describe, expect, it } from "vitest"
import { type DocumentInForce, decodeInForce, encodeInForce, keyInForce, shortOf, versionOf } from "../src/index.ts"

const key = (n: number) =>
  ({
    alg: n % 2 === 0 ? "ES256" : "Ed25519",
    publicKey: new Uint8Array(n % 2 === 0 ? 33 : 32).fill(n),
    fragment: shortOf(`key-${n}`),
    assertion: n < 3,
    authentication: true,
    until: n === 3 ? 1_000 : null,
  }) as const

const DOCUMENT: DocumentInForce = {
  number: 7,
  deactivated: false,
  checked: 1_795_953_600_000,
  digest: new Uint8Array(32).fill(1),
  attesters: ["a", "b", "c", "d"].map(shortOf),
  keys: [1, 2, 3, 4].map(key),
}

describe("what is kept of a document in force", () => {
  it("comes back as it was, within 256 bytes", () => {
    const bytes = encodeInForce(DOCUMENT)
    expect(bytes.length).toBeLessThanOrEqual(256)
    expect(decodeInForce(bytes)).toEqual(DOCUMENT)
    const least = { ...DOCUMENT, number: 0, deactivated: true, attesters: [], keys: [] }
    expect(decodeInForce(encodeInForce(least))).toEqual(least)
  })

  it("is refused where it is damaged", () => {
    const bytes = encodeInForce(DOCUMENT)
    expect(() => decodeInForce(bytes.subarray(0, 100))).toThrow(RangeError)
    expect(() => decodeInForce(Uint8Array.of(9, ...bytes.subarray(1)))).toThrow(RangeError)
  })

  it("finds the key of a kid, and says why one does not count", () => {
    const find = (fragment: string, relationship: "assertion" | "authentication", time = 0) =>
      keyInForce(DOCUMENT, { fragment, relationship, time })
    expect(find("key-1", "assertion")).toMatchObject({ alg: "Ed25519" })
    expect(find("key-9", "assertion")).toBe("unknown")
    expect(find("key-4", "assertion")).toBe("purpose")
    expect(find("key-4", "authentication")).toMatchObject({ alg: "ES256" })
    expect(find("key-3", "authentication", 999)).toMatchObject({ alg: "Ed25519" })
    expect(find("key-3", "authentication", 1_000)).toBe("ended")
  })

  it("names the version as the method does", () => {
    expect(versionOf(DOCUMENT)).toMatch(/^7-Qm[1-9A-HJ-NP-Za-km-z]{44}$/)
    expect(versionOf({ ...DOCUMENT, number: 0 })).toBe(`sha256:${"01".repeat(32)}`)
  })
})
