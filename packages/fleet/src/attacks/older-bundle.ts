import { BUNDLE } from "@assay/knowledge"
import { type Attack, refusedFor } from "../attack.ts"

export const olderBundle: Attack = {
  name: "older-bundle",
  title: "An older trust bundle, rightly signed, is activated again",
  category: "control",
  expect: refusedFor("control.knowledge_version"),
  *inject(scene) {
    yield scene.knowledge(BUNDLE.name, scene.world.olderBundle)
  },
}
