import { type Attack, quarantinedBy } from "../attack.ts"

export const equivocation: Attack = {
  name: "equivocation",
  title: "A device signs two different messages for the same counter",
  category: "clone",
  expect: quarantinedBy("identity", "identity.equivocation"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const other = device.copy()
    yield scene.lead(device, device.message())
    yield scene.attempt(device.did, other.message({ values: { temperature: 12.5 } }))
  },
}
