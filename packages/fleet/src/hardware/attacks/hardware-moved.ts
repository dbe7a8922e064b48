import { type Attack, quarantinedBy } from "../../attack.ts"
import { Prover } from "../prover.ts"
import { attested, proverOf } from "../scene.ts"

export const hardwareMoved: Attack = {
  name: "hardware-moved",
  title: "The hardware of one device is shown by another",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_not_endorsed"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { tpm, services } = prover
    yield* attested(scene, prover)
    const thief = new Prover(scene.device("thief", { ordinal: 1 }), tpm, services)
    yield* scene.learn(thief.device)
    const endorsement = services.endorsement(prover.device.did, tpm)
    yield scene.attempt(thief.device.did, thief.evidence({ evidence: { endorsement } }))
  },
}
