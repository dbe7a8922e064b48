import { type Attack, quarantinedBy } from "../../attack.ts"
import { TokenChip } from "../roots-of-trust.ts"
import { proverOf } from "../scene.ts"

export const debugLifeCycle: Attack = {
  name: "debug-life-cycle",
  title: "The token of a chip says that it is open for debugging",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.evidence_debug"),
  *inject(scene) {
    const prover = proverOf(scene)
    const { device, services } = prover
    const chip = new TokenChip(services.seed, `debug ${scene.instance}`, services.maker)
    yield* scene.learn(device)
    const answer = (lifecycle: number) => {
      const challenge = services.challenge(device.did, chip.keyName, device.clock)
      return prover.say(challenge, chip.psa(challenge, lifecycle))
    }
    yield scene.lead(device, answer(0x3000))
    yield scene.attempt(device.did, answer(0x4000))
  },
}
