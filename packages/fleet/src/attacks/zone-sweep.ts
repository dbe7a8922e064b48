import { type Attack, quarantinedBy } from "../attack.ts"

export const zoneSweep: Attack = {
  name: "zone-sweep",
  title: "A device tries one zone after the other (lateral movement)",
  category: "segmentation",
  expect: quarantinedBy("segmentation", "segmentation.lateral_movement"),
  *inject(scene) {
    const device = scene.device()
    const { cells, lateralZones } = scene.world
    yield* scene.learn(device)
    for (const [index, aud] of cells.entries()) {
      const known = index + 1 >= lateralZones
      const alone = quarantinedBy("segmentation", "segmentation.no_conduit", "segmentation.guardrail")
      yield scene.attempt(device.did, device.message({ aud }), known ? this.expect : alone)
    }
  },
}
