import { type Attack, quarantinedBy } from "../attack.ts"

const JUMP = 1_000_000

export const epochJump: Attack = {
  name: "epoch-jump",
  title: "A device claims to have booted a million times since its last message",
  category: "clone",
  expect: quarantinedBy("identity", "identity.epoch_jump"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ epo: JUMP }))
  },
}
