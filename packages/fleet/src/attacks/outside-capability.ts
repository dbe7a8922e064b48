import { type Attack, quarantinedBy } from "../attack.ts"

export const outsideCapability: Attack = {
  name: "outside-capability",
  title: "A device reports a measurement, then a value, that its credential does not grant",
  category: "capability",
  expect: quarantinedBy("credential", "credential.measurement_refused"),
  *inject(scene) {
    const device = scene.device()
    const { prefix } = device.profile
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ senml: [{ bn: prefix, n: "valve", u: "%RH", v: 50 }] }))
    yield scene.attempt(
      device.did,
      device.message({ values: { temperature: 900 } }),
      quarantinedBy("credential", "credential.value_out_of_range"),
    )
  },
}
