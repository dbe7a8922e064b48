import { type Attack, rejectedFor } from "../attack.ts"
import { headerOf, signToken } from "../token.ts"

export const wrongKey: Attack = {
  name: "wrong-key",
  title: "A message in a victim's name names, and is signed by, the key of another DID",
  category: "forgery",
  expect: rejectedFor("identity.key_mismatch"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const attacker = scene.stranger("attacker")
    yield* scene.learn(victim)
    yield scene.attempt(victim.did, signToken(attacker, headerOf(attacker, "m2m-message+jwt"), victim.payload()))
    yield* scene.staysTrusted(victim)
  },
}
