/** The example of RFC 9783, appendix A.1: signed with ES256, by the key that stands there. */
import { createPublicKey } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { psaClaims } from "../../src/eat/claims.ts"
import { readSign1 } from "../../src/eat/sign1.ts"
import { MalformedError } from "../../src/index.ts"

const KEY = createPublicKey({
  key: {
    kty: "EC",
    crv: "P-256",
    x: "Tl4iCZ47zrRbRG0TVf0dw7VFlHtv18HInYhnmMNybo8",
    y: "gNcLhAslaqw0pi7eEEM2TwRAlfADR0uR4Bggkq-xPy4",
  },
  format: "jwk",
})
const TOKEN = Buffer.from(
  `d28443a10126a0590100a8190100582101${"02".repeat(32)}19095c5820${"00".repeat(32)}0a5820${"01".repeat(32)}` +
    "19095a1a7fffffff19095b19300019010978217461673a7073616365727469666965642e6f72672c323032333a7073612374666d" +
    `19010c48000000000000000019095f81a3055820${"04".repeat(32)}025820${"03".repeat(32)}016450526f54` +
    "5840786e937a4c42667af3847399319ca95c7e7dbabdc9b50fdb8de3f6bff4ab82ff80c42140e2a488000219e3e10663193da69c75f52b798ea10b2f7041a90e8e5a",
  "hex",
)

describe("the token", () => {
  it("verifies under its key, and says what it says", () => {
    const token = readSign1(TOKEN)
    expect(token.isSignedBy(KEY, "ES256")).toBe(true)
    expect(psaClaims(token.claims)).toEqual({
      nonce: Buffer.alloc(32, 1),
      open: null,
      components: [Buffer.alloc(32, 3)],
      confirmed: null,
    })
  })

  it("does not verify as another algorithm, under another key, or changed", () => {
    expect(readSign1(TOKEN).isSignedBy(KEY, "ES384")).toBe(false)
    const changed = Buffer.from(TOKEN)
    changed[100]! ^= 1
    expect(readSign1(changed).isSignedBy(KEY, "ES256")).toBe(false)
  })

  it("of another life cycle counts for nothing", () => {
    const claims = new Map(readSign1(TOKEN).claims)
    for (const lifecycle of [0, 0x1000, 0x2000, 0x4000, 0x5000, 0x6000])
      expect(psaClaims(claims.set(2395, lifecycle)).open).toContain("not secured")
  })

  it("without a claim that it must have is malformed", () => {
    for (const claim of [10, 256, 2395, 2396, 2399]) {
      const claims = new Map(readSign1(TOKEN).claims)
      claims.delete(claim)
      expect(() => psaClaims(claims)).toThrow(MalformedError)
    }
  })
})

it("anything else is refused without another error", () => {
  fc.assert(
    fc.property(fc.nat(TOKEN.length - 1), fc.uint8Array({ maxLength: 6 }), (at, bytes) => {
      const changed = Buffer.from(TOKEN)
      changed.set(bytes.subarray(0, changed.length - at), at)
      try {
        const { claims, isSignedBy } = readSign1(changed)
        isSignedBy(KEY, "ES256")
        psaClaims(claims)
      } catch (cause) {
        expect(cause).toBeInstanceOf(MalformedError)
      }
    }),
    { numRuns: 500 },
  )
})
