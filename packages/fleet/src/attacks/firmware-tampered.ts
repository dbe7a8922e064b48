import { type Attack, quarantinedBy } from "../attack.ts"

export const firmwareTampered: Attack = {
  name: "firmware-tampered",
  title: "A device reports a released version with another digest",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_tampered"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const fw = { ...device.profile.firmware, digest: scene.bytes("firmware").toString("hex") }
    yield scene.attempt(device.did, device.message({ fw }))
  },
}
