import { type Attack, quarantinedBy } from "../attack.ts"

const DAY = 24 * 60 * 60

export const futureTimestamp: Attack = {
  name: "future-timestamp",
  title: "A message claims to come from tomorrow",
  category: "clock",
  expect: quarantinedBy("identity", "identity.future"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ iat: device.clock + DAY }))
  },
}
