import { type Attack, quarantinedBy } from "../../attack.ts"
import { proverOf } from "../scene.ts"

export const hardwareSetBack: Attack = {
  name: "hardware-set-back",
  title: "The state of the TPM was set back to before its last reset",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_rolled_back"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, tpm } = prover
    yield* scene.learn(device)
    tpm.reboot()
    yield scene.lead(device, prover.evidence())
    tpm.setBack(1)
    yield scene.attempt(device.did, prover.evidence())
  },
}
