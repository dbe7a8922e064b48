import { type Attack, quarantinedBy } from "../../attack.ts"
import { attested, proverOf } from "../scene.ts"

export const foreignChallenge: Attack = {
  name: "foreign-challenge",
  title: "Evidence answers a challenge that was made for another device",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.challenge_refused"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, services, tpm } = prover
    const other = scene.device("other", { ordinal: 1 })
    yield* attested(scene, prover)
    const challenge = services.challenge(other.did, tpm.keyName, device.clock)
    yield scene.attempt(device.did, prover.evidence({ challenge }))
  },
}
