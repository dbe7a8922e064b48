import { type Attack, noticedBy } from "../attack.ts"

const MESSAGES = 60
/** Degrees Celsius for each message: small beside the sensor's own movement, and always in the same direction. */
const PER_MESSAGE = 0.7

export const valueDrift: Attack = {
  name: "value-drift",
  title: "A temperature is pulled away slowly, within its granted range",
  category: "behaviour",
  expect: noticedBy("anomaly", "anomaly.level_shift", "anomaly.novel_range", "anomaly.variation"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device, scene.scale.learn * 2)
    const start = device.profile.series(0).temperature
    for (let i = 1; i <= MESSAGES; i++) {
      const temperature = Math.min(59, Math.round((start + i * PER_MESSAGE) * 10) / 10)
      yield scene.attempt(device.did, device.message({ values: { temperature } }))
    }
  },
}
