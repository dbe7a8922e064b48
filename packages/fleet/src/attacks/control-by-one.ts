import { type Attack, refusedFor } from "../attack.ts"

export const controlByOne: Attack = {
  name: "control-by-one",
  title: "One operator alone orders what needs two",
  category: "control",
  expect: refusedFor("control.threshold"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const [operator] = scene.world.operators
    yield* scene.learn(victim)
    const command = scene.world.command(operator!, { verb: "revoke", target: victim.did, seq: 1000 + scene.instance })
    yield scene.control(victim.did, command)
    // The same voice twice is still one voice.
    yield scene.control(victim.did, command, command)
    yield* scene.staysTrusted(victim)
  },
}
