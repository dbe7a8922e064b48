import { type Attack, refusedFor } from "../attack.ts"
import { makerOf } from "./maker.ts"

export const referencesForged: Attack = {
  name: "references-forged",
  title: "Somebody whom the bundle does not name signs reference values with a firmware of his own",
  category: "firmware",
  expect: refusedFor("control.knowledge_unsigned"),
  *inject(scene) {
    const { world } = scene
    makerOf(scene)
    yield scene.knowledge("reference-values", world.signReferences(world.firmware(9), scene.stranger("maker")))
  },
}
