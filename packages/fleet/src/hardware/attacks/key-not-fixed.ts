import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"
import { ATTRIBUTES } from "../tpm-bytes.ts"

export const keyNotFixed: Attack = {
  name: "key-not-fixed",
  title: "The key of the device may leave its TPM",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_key_refused"),
  *inject(scene) {
    const prover = proverOf(scene)
    yield* attested(scene, prover)
    yield scene.attempt(prover.device.did, prover.evidence({ attributes: ATTRIBUTES.exportable }))
  },
}
