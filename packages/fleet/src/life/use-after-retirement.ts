import { type Attack, quarantinedBy } from "../attack.ts"
import { living, owned, seqOf } from "./owned.ts"
import { lifeBy } from "./ownership.ts"

export const useAfterRetirement: Attack = {
  name: "use-after-retirement",
  title: "A device speaks on after it was retired",
  category: "control",
  expect: quarantinedBy("anomaly", "anomaly.device_retired"),
  *inject(scene) {
    const one = owned(scene)
    const { device, operators } = one
    yield* living(scene, one)
    yield scene.order(device.did, ...lifeBy(scene.world, operators, "retire", device.did, seqOf(scene, 2)))
    yield scene.attempt(device.did, device.message())
    yield scene.attempt(device.did, device.presentation())
    yield scene.attempt(device.did, device.message())
  },
}
