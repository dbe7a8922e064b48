import { type Attack, noticedBy } from "../attack.ts"

export const messageFlood: Attack = {
  name: "message-flood",
  title: "A device sends hundreds of good messages at once",
  category: "behaviour",
  expect: noticedBy(
    "anomaly",
    "anomaly.flood",
    "anomaly.rate",
    "credential.rate_exceeded",
    "segmentation.rate_exceeded",
  ),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    for (let i = 0; i < scene.scale.flood; i++) yield scene.burst(device.did, device.message())
  },
}
