import { type Attack, noticedBy } from "../attack.ts"

const JUMP = 1_000_000

/** A jump is no proof of anything, so it is named and no more: whoever else has the key is found where the two meet. */
export const epochJump: Attack = {
  name: "epoch-jump",
  title: "A device claims to have booted a million times since its last message",
  category: "clone",
  expect: { ...noticedBy("identity", "identity.epoch_jump"), outcomes: ["annotated"] },
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ epo: JUMP }))
  },
}
