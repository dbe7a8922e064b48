import { type Attack, quarantinedBy } from "../../attack.ts"
import { Prover } from "../prover.ts"
import { attested, proverOf, tpmOf } from "../scene.ts"

export const foreignAttestationKey: Attack = {
  name: "foreign-attestation-key",
  title: "Another TPM signs: under the name of the own key, and under its own",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_unverified", "integrity.evidence_not_endorsed"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, services } = prover
    yield* attested(scene, prover)
    const other = new Prover(device, tpmOf(scene, "other"), services)
    const own = Buffer.from(prover.tpm.akArea).toString("base64url")
    yield scene.attempt(device.did, other.evidence({ challenge: prover.challenge(), evidence: { ak: own } }))
    const endorsement = services.endorsement(device.did, prover.tpm)
    yield scene.attempt(device.did, other.evidence({ evidence: { endorsement } }))
  },
}
