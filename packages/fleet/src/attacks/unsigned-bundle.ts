import { BUNDLE } from "@assay/knowledge"
import { type Attack, refusedFor } from "../attack.ts"

export const unsignedBundle: Attack = {
  name: "unsigned-bundle",
  title: "A newer trust bundle is activated with the signature of one root, where two are needed",
  category: "control",
  expect: refusedFor("control.knowledge_unsigned"),
  *inject(scene) {
    yield scene.knowledge(BUNDLE.name, scene.world.halfSignedBundle)
  },
}
