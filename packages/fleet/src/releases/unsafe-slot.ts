import { type Attack, noticedBy } from "../attack.ts"
import { claimOf, listedIn } from "./said.ts"

export const unsafeSlot: Attack = {
  name: "unsafe-slot",
  title: "Somebody wrote a firmware that nobody released into the slot that does not run",
  category: "firmware",
  expect: noticedBy("integrity", "integrity.firmware_slot_unsafe"),
  *inject(scene) {
    const device = scene.device()
    const [first] = listedIn(scene)
    yield* scene.learn(device)
    const spare = { version: "9.9.9", svn: 9, digest: scene.bytes("spare").toString("hex") }
    yield scene.attempt(device.did, device.message({ fw: { ...claimOf(scene, first, first.components), spare } }))
  },
}
