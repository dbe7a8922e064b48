import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isDigest } from "../src/digest.ts"

describe("a digest in claims", () => {
  it("is what Node writes of any 32 bytes, and nothing that differs in one character's low bits", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = createHash("sha256").update(bytes).digest("base64url")
        expect(isDigest(text)).toBe(true)
        // 43 characters hold 258 bits: two of them must be zero, or one digest had four forms.
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const last = alphabet.indexOf(text.at(-1)!)
        for (const low of [1, 2, 3]) expect(isDigest(text.slice(0, -1) + alphabet[last + low])).toBe(false)
      }),
    )
  })

  it.each(["", "x", "=".repeat(43), `${"A".repeat(43)}=`, "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}+`])(
    "is not %j",
    (text) => expect(isDigest(text)).toBe(false),
  )
})
