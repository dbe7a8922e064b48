import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"

export const ownerHierarchy: Attack = {
  name: "owner-hierarchy",
  title: "The attestation key is of the hierarchy of the owner, from which a TPM hides its resets",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_hierarchy"),
  *inject(scene) {
    const prover = proverOf(scene)
    yield* attested(scene, prover)
    yield scene.attempt(prover.device.did, prover.evidence({ quote: { hierarchy: "owner" } }))
  },
}
