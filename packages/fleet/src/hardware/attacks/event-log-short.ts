import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"
import { BOOT } from "../services.ts"
import { eventLogOf } from "../tpm-bytes.ts"

export const eventLogShort: Attack = {
  name: "event-log-short",
  title: "The event log leaves out what was measured last",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_log_mismatch"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, tpm } = prover
    yield* attested(scene, prover)
    tpm.reboot([...BOOT, { pcr: 4, name: "another kernel" }])
    const log = eventLogOf(tpm.events.slice(0, -1)).toString("base64url")
    yield scene.attempt(device.did, prover.evidence({ evidence: { log } }))
  },
}
