import { decodeBase64url, encodeBase64url } from "@assay/did"
import { type Attack, rejectedFor } from "../attack.ts"
import type { Signed } from "../token.ts"

/** Flips the lowest bit of the first measured value's last digit: still JSON, still a reading, another value. */
const flipped = (signed: Signed): Buffer => {
  const [header, payload, signature] = signed.bytes.toString("latin1").split(".") as [string, string, string]
  const bytes = decodeBase64url(payload)!
  const value = /"v":-?[\d.]*\d/.exec(bytes.toString("latin1"))!
  const digit = value.index + value[0].length - 1
  bytes[digit] = bytes[digit]! ^ 1
  return Buffer.from(`${header}.${encodeBase64url(bytes)}.${signature}`, "latin1")
}

export const bitFlip: Attack = {
  name: "bit-flip",
  title: "One bit of a reading is flipped on the way",
  category: "forgery",
  expect: rejectedFor("identity.signature_invalid"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const original = victim.message()
    yield scene.attempt(victim.did, flipped(original))
    yield scene.lead(victim, original)
    yield* scene.staysTrusted(victim)
  },
}
