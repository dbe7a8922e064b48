import { type Attack, quarantinedBy } from "../../attack.ts"
import { evidenceOf } from "../prover.ts"
import { attested, proverOf } from "../scene.ts"
import { BOOT } from "../services.ts"

export const pcrValuesForged: Attack = {
  name: "pcr-values-forged",
  title: "The values beside the quote are those of a good boot, and not the quoted ones",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_pcr_mismatch"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, tpm } = prover
    yield* attested(scene, prover)
    const good = Buffer.from(tpm.pcr(4)).toString("base64url")
    tpm.reboot([...BOOT, { pcr: 4, name: "another kernel" }])
    const { pcrs } = evidenceOf(tpm, device, "", Buffer.alloc(32))
    yield scene.attempt(device.did, prover.evidence({ evidence: { pcrs: { ...(pcrs as object), 4: good } } }))
  },
}
