import { type Attack, quarantinedBy } from "../attack.ts"

export const forbiddenZone: Attack = {
  name: "forbidden-zone",
  title: "A sensor speaks to the safety controllers",
  category: "segmentation",
  expect: quarantinedBy("segmentation", "segmentation.no_conduit", "segmentation.guardrail"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ aud: scene.world.audiences.safety }))
  },
}
