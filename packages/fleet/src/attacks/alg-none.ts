import { encodeBase64url } from "@assay/did"
import { type Attack, rejectedFor } from "../attack.ts"
import { signingInput, withSignature } from "../token.ts"

const NONE = ["none", "None", "NONE", "nOnE"]

export const algNone: Attack = {
  name: "alg-none",
  title: "A message says that it needs no signature",
  category: "forgery",
  expect: rejectedFor("identity.alg_refused", "identity.malformed_jws"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    for (const alg of NONE) {
      const header = { alg, kid: victim.profile.identity.kid, typ: "m2m-message+jwt" }
      const encoded = encodeBase64url(Buffer.from(JSON.stringify(header)))
      const input = Buffer.from(signingInput(encoded, victim.payload()), "latin1")
      yield scene.attempt(victim.did, withSignature(input, Buffer.alloc(0)))
      yield scene.attempt(victim.did, withSignature(input, Buffer.alloc(64, 1)))
    }
    yield* scene.staysTrusted(victim)
  },
}
