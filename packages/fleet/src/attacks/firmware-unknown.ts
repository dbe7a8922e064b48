import { type Attack, quarantinedBy } from "../attack.ts"

export const firmwareUnknown: Attack = {
  name: "firmware-unknown",
  title: "A device reports a firmware that nobody released",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_unknown"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const fw = { ...device.profile.firmware, version: "9.9.9", svn: 9, digest: scene.bytes("firmware").toString("hex") }
    yield scene.attempt(device.did, device.message({ fw }))
  },
}
