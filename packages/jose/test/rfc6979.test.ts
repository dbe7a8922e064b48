/** RFC 6979 appendix A.2.5: deterministic ECDSA over P-256 with SHA-256. */
import { createPrivateKey } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import { describe, expect, it } from "vitest"
import { signRaw } from "../src/sign.ts"

const b64 = (hex: string): string => encodeBase64url(Buffer.from(hex, "hex"))
const KEY = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    d: b64("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
    x: b64("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"),
    y: b64("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"),
  },
})

describe("RFC 6979", () => {
  it.each([
    [
      "sample",
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ],
    [
      "test",
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ],
  ])("signs %j", (message, r, s) => {
    expect(signRaw(KEY, Buffer.from(message)).toString("hex")).toBe(r + s)
  })
})
