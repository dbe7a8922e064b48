import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"

export const weakHash: Attack = {
  name: "weak-hash",
  title: "The TPM was asked to sign with SHA-1",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_alg_refused"),
  *inject(scene) {
    const prover = proverOf(scene)
    yield* attested(scene, prover)
    yield scene.attempt(prover.device.did, prover.evidence({ quote: { hash: "sha1" } }))
  },
}
