import { type Attack, rejectedFor } from "../attack.ts"
import { signatureOf } from "../keys.ts"
import { headerOf, signingInput, withSignature } from "../token.ts"

export const forgedSignature: Attack = {
  name: "forged-signature",
  title: "A message in a victim's name bears a signature by another key",
  category: "forgery",
  expect: rejectedFor("identity.signature_invalid"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const attacker = scene.stranger("attacker")
    yield* scene.learn(victim)
    const header = headerOf(victim.profile.identity, "m2m-message+jwt")
    const input = Buffer.from(signingInput(header, victim.payload({ values: { temperature: 40 } })), "latin1")
    yield scene.attempt(victim.did, withSignature(input, signatureOf(attacker, input)))
    yield scene.attempt(victim.did, withSignature(input, Buffer.alloc(64)))
    yield scene.attempt(victim.did, withSignature(input, Buffer.concat([scene.bytes("r"), scene.bytes("s")])))
    yield* scene.staysTrusted(victim)
  },
}
