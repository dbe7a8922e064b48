import { type Attack, quarantinedBy } from "../../attack.ts"
import { proverOf, servicesOf } from "../scene.ts"

export const unknownMaker: Attack = {
  name: "unknown-maker",
  title: "The endorsement key is certified by a maker that nobody named",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_maker_unknown"),
  *inject(scene) {
    const services = servicesOf(scene)
    const prover = proverOf(scene, "device", services.tpm(`unknown ${scene.instance}`, services.unknownMaker))
    yield* scene.learn(prover.device)
    yield scene.attempt(prover.device.did, prover.evidence())
  },
}
