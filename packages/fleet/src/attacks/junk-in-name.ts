import { type Attack, rejectedFor } from "../attack.ts"
import { headerOf, signingInput, withSignature } from "../token.ts"

const MESSAGES = 40

export const junkInName: Attack = {
  name: "junk-in-name",
  title: "Someone floods the stream with junk in a victim's name",
  category: "exhaustion",
  expect: rejectedFor("identity.signature_invalid", "identity.malformed_jws"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const header = headerOf(victim.profile.identity, "m2m-message+jwt")
    for (let i = 0; i < MESSAGES; i++) {
      const noise = Buffer.concat([scene.bytes(`r${i}`), scene.bytes(`s${i}`)])
      const input = Buffer.from(signingInput(header, victim.payload({ values: { wind: i } })), "latin1")
      yield scene.burst(victim.did, i % 4 === 0 ? { bytes: noise, digest: "" } : withSignature(input, noise))
    }
    yield* scene.staysTrusted(victim)
  },
}
