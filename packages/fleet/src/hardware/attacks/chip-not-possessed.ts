import { type Attack, quarantinedBy } from "../../attack.ts"
import { elementEvidence, leafName } from "../roots-of-trust.ts"
import { proverOf } from "../scene.ts"

export const chipNotPossessed: Attack = {
  name: "chip-not-possessed",
  title: "The certificate of a chip is shown by a device that does not hold its key",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_not_genuine"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, services } = prover
    const { key } = scene.device("owner of the chip", { ordinal: 1 }).profile.identity
    yield* scene.learn(device)
    const challenge = services.challenge(device.did, leafName(key), device.clock)
    yield scene.attempt(device.did, prover.say(challenge, elementEvidence(services.maker, key)))
  },
}
