import { type Attack, rejectedFor } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

export const repeatedRequest: Attack = {
  name: "repeated-request",
  title: "A request to make a content instance is sent again, and the CSE makes another",
  category: "replay",
  expect: rejectedFor("identity.replayed"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const message = victim.message()
    yield scene.lead(victim, message)
    for (let times = 0; times < 3; times++) yield scene.carried(victim.did, message, writtenAs(victim.did))
    yield* scene.staysTrusted(victim)
  },
}
