import { type Attack, quarantinedBy } from "../attack.ts"
import { claimOf, listedIn } from "./said.ts"

export const componentsHidden: Attack = {
  name: "components-hidden",
  title: "A device claims the digest of a release beside components that are not its own",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_components"),
  *inject(scene) {
    const device = scene.device()
    const [first, second] = listedIn(scene)
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ fw: claimOf(scene, first, second.components, first.digest) }))
  },
}
