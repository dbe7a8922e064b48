import { type Attack, rejectedFor } from "../attack.ts"

export const wrongRouting: Attack = {
  name: "wrong-routing",
  title: "A good message is sent under another routing key, to meet empty state",
  category: "replay",
  expect: rejectedFor("identity.misrouted"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const message = victim.message()
    for (const key of [scene.stranger("a").did, scene.stranger("b").did, "", `${victim.did}#`])
      yield scene.misroute(victim.did, key, message)
    yield scene.lead(victim, message)
    yield* scene.staysTrusted(victim)
  },
}
