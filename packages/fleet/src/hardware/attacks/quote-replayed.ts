import { type Attack, quarantinedBy } from "../../attack.ts"
import { proverOf } from "../scene.ts"
import { sha256 } from "../tpm-bytes.ts"

export const quoteReplayed: Attack = {
  name: "quote-replayed",
  title: "A quote of good times is shown again, for a new challenge and with its old one",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_not_fresh", "integrity.challenge_used"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device } = prover
    yield* scene.learn(device)
    const old = prover.challenge()
    yield scene.lead(device, prover.evidence({ challenge: old }))
    yield scene.attempt(device.did, prover.evidence({ nonce: sha256(Buffer.from(old)) }))
    yield scene.attempt(device.did, prover.evidence({ challenge: old }))
  },
}
