import { type Attack, rejectedFor } from "../attack.ts"

export const replay: Attack = {
  name: "replay",
  title: "Recorded messages of a device are sent once more",
  category: "replay",
  expect: rejectedFor("identity.replayed"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const recorded = [victim.message(), victim.message(), victim.message()]
    for (const message of recorded) yield scene.lead(victim, message)
    for (const message of recorded) yield scene.attempt(victim.did, message)
    yield* scene.staysTrusted(victim)
    yield scene.attempt(victim.did, recorded[0]!)
    yield* scene.staysTrusted(victim)
  },
}
