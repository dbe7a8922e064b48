import { type Attack, refusedFor } from "../attack.ts"
import { listedIn } from "./said.ts"

export const advisoryForged: Attack = {
  name: "advisory-forged",
  title: "Somebody whom the bundle does not name revokes the firmware of the fleet",
  category: "firmware",
  expect: refusedFor("control.knowledge_unsigned"),
  *inject(scene) {
    const [first] = listedIn(scene)
    const id = `forged-${scene.instance}`
    const signer = scene.stranger("reporter")
    yield scene.knowledge("advisory", scene.world.advisory({ id, affected: [[first.digest, "revoked"]] }, signer))
  },
}
