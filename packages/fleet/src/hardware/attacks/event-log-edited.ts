import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"
import { BOOT } from "../services.ts"
import { digestOf } from "../tpm.ts"
import { eventLogOf } from "../tpm-bytes.ts"

export const eventLogEdited: Attack = {
  name: "event-log-edited",
  title: "The event log has a listed digest where another one was measured",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_log_mismatch"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, tpm } = prover
    yield* attested(scene, prover)
    const other = BOOT.map((one) => (one.name === "kernel 6.12" ? { ...one, name: "another kernel" } : one))
    tpm.reboot(other)
    const edited = tpm.events.map((event) =>
      event.text === "another kernel" ? { ...event, digest: digestOf("kernel 6.12"), text: "kernel 6.12" } : event,
    )
    const log = eventLogOf(edited).toString("base64url")
    yield scene.attempt(device.did, prover.evidence({ evidence: { log } }))
  },
}
