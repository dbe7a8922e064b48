import { describe, expect, it } from "vitest"
import { algConfusion } from "../../src/attacks/alg-confusion.ts"
import { algNone } from "../../src/attacks/alg-none.ts"
import { bitFlip } from "../../src/attacks/bit-flip.ts"
import { forgedSignature } from "../../src/attacks/forged-signature.ts"
import { junkInName } from "../../src/attacks/junk-in-name.ts"
import { malformedBytes } from "../../src/attacks/malformed-bytes.ts"
import { otherTyp } from "../../src/attacks/other-typ.ts"
import { wrongKey } from "../../src/attacks/wrong-key.ts"
import { attempts } from "./inspect.ts"

describe("what no device signed, or not so", () => {
  it.each([
    [bitFlip, ["signature_invalid"]],
    [forgedSignature, ["signature_invalid"]],
    [wrongKey, ["key_mismatch"]],
    [algNone, ["alg_refused", "malformed_jws"]],
    [algConfusion, ["alg_refused"]],
    [otherTyp, ["typ_refused"]],
    [junkInName, ["signature_invalid", "malformed_jws"]],
    [malformedBytes, ["malformed_jws", "malformed_claims", "header_refused", "too_large"]],
  ] as const)("$name is refused by a strict reader for the reason it expects", (attack, states) => {
    // Both kinds of key: injections alternate between Ed25519 and ES256.
    for (const instance of [0, 1]) {
      const seen = attempts(attack, instance)
      for (const { state, label } of seen) {
        expect(states).toContain(state)
        expect(label.expect?.reasons).toContain(`identity.${state}`)
      }
      expect(seen.map(({ label }) => label.device)).toEqual(seen.map(() => seen[0]!.label.device))
    }
  })

  it("malformed bytes cover every way to fail", () => {
    const states = attempts(malformedBytes).map(({ state }) => state)
    expect(new Set(states)).toEqual(new Set(["malformed_jws", "malformed_claims", "header_refused", "too_large"]))
    expect(states.length).toBeGreaterThan(40)
  })
})
