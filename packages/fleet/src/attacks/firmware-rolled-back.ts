import { type Attack, quarantinedBy } from "../attack.ts"

export const firmwareRolledBack: Attack = {
  name: "firmware-rolled-back",
  title: "A device reports an older, good firmware after a newer one",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_rolled_back"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ fw: scene.world.olderFirmware }))
  },
}
