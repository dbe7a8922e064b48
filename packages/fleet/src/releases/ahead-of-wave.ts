import { type Attack, noticedBy } from "../attack.ts"
import { claimOf, listedIn } from "./said.ts"

export const aheadOfWave: Attack = {
  name: "ahead-of-wave",
  title: "A device runs a release that its rollout does not give it yet",
  category: "firmware",
  expect: noticedBy("integrity", "integrity.firmware_ahead"),
  *inject(scene) {
    const device = scene.device()
    const [, second] = listedIn(scene)
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ fw: claimOf(scene, second, second.components) }))
  },
}
