import { type Attack, noticedBy } from "../attack.ts"

const MESSAGES = 40

export const stuckSensor: Attack = {
  name: "stuck-sensor",
  title: "A pressure sensor freezes at one value",
  category: "behaviour",
  expect: noticedBy("anomaly", "anomaly.stuck"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const { pressure } = device.profile.series(0)
    for (let i = 0; i < MESSAGES; i++) yield scene.attempt(device.did, device.message({ values: { pressure } }))
  },
}
