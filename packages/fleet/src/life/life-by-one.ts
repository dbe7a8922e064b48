import { type Attack, refusedFor } from "../attack.ts"
import { living, owned, seqOf } from "./owned.ts"
import { lifeBy } from "./ownership.ts"

export const lifeByOne: Attack = {
  name: "life-by-one",
  title: "One operator alone hands a device over, or retires it",
  category: "control",
  expect: refusedFor("control.threshold"),
  victimStaysTrusted: true,
  *inject(scene) {
    const one = owned(scene)
    const { device, operators } = one
    yield* living(scene, one)
    for (const [nth, verb] of (["transfer", "retire"] as const).entries()) {
      const tokens = lifeBy(scene.world, [operators[0]], verb, device.did, seqOf(scene, 2 + nth))
      yield scene.control(device.did, ...tokens)
      yield scene.control(device.did, ...tokens, ...tokens)
    }
    yield* scene.staysTrusted(device)
  },
}
