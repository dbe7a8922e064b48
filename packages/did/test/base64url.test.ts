import fc from "fast-check"
import { expect, it } from "vitest"
import { decodeBase64url, decodeBase64urlIn } from "../src/index.ts"

/** One byte of a canonical text changed, taken away or put in; every byte that there is. */
const texts = fc
  .tuple(
    fc.uint8Array({ maxLength: 400 }),
    fc.constantFrom("keep", "change", "remove", "insert"),
    fc.nat(),
    fc.nat(255),
  )
  .map(([bytes, what, where, byte]) => {
    const text = Buffer.from(Buffer.from(bytes).toString("base64url"), "latin1")
    const at = text.length === 0 ? 0 : where % text.length
    const [before, behind] = [text.subarray(0, at), text.subarray(at + (what === "keep" || what === "insert" ? 0 : 1))]
    return Buffer.concat([before, what === "change" || what === "insert" ? Buffer.of(byte) : Buffer.alloc(0), behind])
  })

it("reads a text from its bytes exactly as it reads the text", () => {
  fc.assert(
    fc.property(texts, fc.uint8Array({ maxLength: 9 }), (text, around) => {
      const from = Buffer.concat([around, text, around])
      const found = decodeBase64urlIn(from, around.length, around.length + text.length)
      expect(found).toEqual(decodeBase64url(text.toString("latin1")))
    }),
    { numRuns: 3_000 },
  )
})

it.each([0, 1, 2, 3, 4, 157, 158, 159, 160, 161, 162, 163, 164, 700])(
  "takes no letter beside its own, at any place of a text of %i",
  (length) => {
    const good = Buffer.alloc(length, "A")
    const whole = decodeBase64urlIn(good, 0, length)
    expect(whole).toEqual(decodeBase64url(good.toString("latin1")))
    for (let at = 0; at < length; at++)
      for (const byte of Buffer.from("+/= \n.\u0000\u00c1", "latin1")) {
        const bad = Buffer.from(good)
        bad[at] = byte
        expect(decodeBase64urlIn(bad, 0, length)).toBeNull()
      }
  },
)
