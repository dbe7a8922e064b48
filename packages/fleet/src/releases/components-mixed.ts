import { type Attack, quarantinedBy } from "../attack.ts"
import { claimOf, listedIn } from "./said.ts"

export const componentsMixed: Attack = {
  name: "components-mixed",
  title: "A device runs the main image of one release with the modem of another",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_mixed"),
  *inject(scene) {
    const device = scene.device()
    const [first, second] = listedIn(scene)
    yield* scene.learn(device)
    yield scene.lead(device, device.message({ fw: claimOf(scene, first, first.components) }))
    const mixed = [second.components[0]!, first.components[1]!]
    yield scene.attempt(device.did, device.message({ fw: claimOf(scene, second, mixed) }))
  },
}
