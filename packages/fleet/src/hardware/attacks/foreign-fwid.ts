import { type Attack, quarantinedBy } from "../../attack.ts"
import { diceChain, diceEvidence, leafName } from "../roots-of-trust.ts"
import { proverOf } from "../scene.ts"

export const foreignFwid: Attack = {
  name: "foreign-fwid",
  title: "A DICE measured another application than the listed one",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.boot_unlisted"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, services } = prover
    yield* scene.learn(device)
    const answer = (fwid?: string) => {
      const { key } = device.profile.identity
      const challenge = services.challenge(device.did, leafName(key), device.clock)
      const chain = diceChain(services.maker, services.seed, device, fwid === undefined ? {} : { fwid })
      return prover.say(challenge, diceEvidence(chain, device, challenge))
    }
    yield scene.lead(device, answer())
    yield scene.attempt(device.did, answer("another application"))
  },
}
