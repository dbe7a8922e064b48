import { type Attack, quarantinedBy } from "../attack.ts"
import { living, owned, seqOf } from "./owned.ts"
import { lifeBy } from "./ownership.ts"

export const useWhileSuspended: Attack = {
  name: "use-while-suspended",
  title: "A suspended device speaks, and is believed again only after two operators have resumed it",
  category: "control",
  expect: quarantinedBy("anomaly", "anomaly.device_suspended"),
  victimStaysTrusted: true,
  *inject(scene) {
    const one = owned(scene)
    const { device, operators } = one
    yield* living(scene, one)
    const order = (verb: "suspend" | "resume", nth: number, by: typeof operators | [(typeof operators)[0]]) =>
      scene.order(device.did, ...lifeBy(scene.world, by, verb, device.did, seqOf(scene, nth)))
    yield order("suspend", 2, [operators[0]])
    yield scene.attempt(device.did, device.message())
    yield order("resume", 3, [operators[0]])
    yield scene.attempt(device.did, device.message())
    yield order("resume", 4, operators)
    yield* scene.staysTrusted(device)
  },
}
