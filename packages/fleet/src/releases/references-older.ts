import { type Attack, refusedFor } from "../attack.ts"
import { makerOf } from "./maker.ts"

export const referencesOlder: Attack = {
  name: "references-older",
  title: "Earlier reference values, rightly signed, are activated again",
  category: "firmware",
  expect: refusedFor("control.knowledge_version"),
  *inject(scene) {
    const { world } = scene
    makerOf(scene)
    yield scene.knowledge("reference-values", world.signReferences(world.firmware(1)))
  },
}
