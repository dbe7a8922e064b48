import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"
import { BOOT } from "../services.ts"

export const pcrChanged: Attack = {
  name: "pcr-changed",
  title: "The device booted another kernel, and says so",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.boot_unlisted"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, tpm } = prover
    yield* attested(scene, prover)
    device.reboot()
    tpm.reboot([...BOOT, { pcr: 4, name: "another kernel" }])
    yield scene.attempt(device.did, prover.evidence())
  },
}
