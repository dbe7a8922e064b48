import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETAIL_CHARS, escapeControls, safeLine, shorten } from "../../src/kit/text.ts"

describe("text for people", () => {
  it.each([
    ["a terminal's escape sequence", "\u001b[2J", "\\u{1b}[2J"],
    ["a line that was never written", "fine\nALL CLEAR", "fine\\u{a}ALL CLEAR"],
    ["a C1 control", "\u009b31m", "\\u{9b}31m"],
    ["a reversed tail", "exe.\u202etxt", "exe.\\u{202e}txt"],
    ["an isolate", "a\u2066b\u2069", "a\\u{2066}b\\u{2069}"],
    ["an invisible space", "a\u200bb", "a\\u{200b}b"],
    ["half a character", "a\ud83d", "a\\u{d83d}"],
  ])("shows %s instead of obeying it", (_, given, shown) => {
    expect(escapeControls(given)).toBe(shown)
  })

  it("leaves what people write as it is", () => {
    for (const text of ["aud https://plant.example/ is not under https://x/", "Müller, 温度, 😀"])
      expect(escapeControls(text)).toBe(text)
  })

  it("is never longer than allowed, and never cut within a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 200, maxLength: 600 }), (text) => {
        const short = shorten(text)
        expect(short.length).toBeLessThanOrEqual(DETAIL_CHARS)
        expect(short.isWellFormed()).toBe(true)
        if (text.length > DETAIL_CHARS) expect(short.endsWith("...")).toBe(true)
        else expect(short).toBe(text)
      }),
    )
  })

  it("is as short as allowed though escaping makes it longer", () => {
    expect(safeLine("\n".repeat(200))).toHaveLength(DETAIL_CHARS)
    expect(safeLine("a\nb", 4)).toBe("a...")
    expect(safeLine("plain")).toBe("plain")
  })
})
