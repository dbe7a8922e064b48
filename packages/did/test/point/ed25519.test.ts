import { describe, expect, it } from "vitest"
import { encodeDidKey } from "../../src/method/key.ts"
import { isStrongEd25519Point } from "../../src/point/ed25519.ts"
import { resolveDeviceKey } from "../../src/resolve.ts"

/** The encodings of low-order points, canonical and not, from "Taming the many EdDSAs" (table 1 in the appendix). */
const LOW_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]

describe("points of edwards25519", () => {
  it.each(LOW_ORDER)("refuses %s as a device key", (hex) => {
    const publicKey = Buffer.from(hex, "hex")
    expect(isStrongEd25519Point(publicKey)).toBe(false)
    expect(resolveDeviceKey(encodeDidKey({ alg: "Ed25519", publicKey }))).toMatchObject({ reason: "weak_key" })
  })

  it("takes the base point, and the largest canonical y", () => {
    expect(isStrongEd25519Point(Buffer.from(`58${"66".repeat(31)}`, "hex"))).toBe(true)
    expect(isStrongEd25519Point(Buffer.from(`eb${"ff".repeat(30)}7f`, "hex"))).toBe(true)
  })
})
