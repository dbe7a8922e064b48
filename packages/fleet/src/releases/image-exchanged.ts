import { type Attack, quarantinedBy } from "../attack.ts"
import { claimOf, listedIn } from "./said.ts"

export const imageExchanged: Attack = {
  name: "image-exchanged",
  title: "One image of several is another than its maker released",
  category: "firmware",
  expect: quarantinedBy("integrity", "integrity.firmware_tampered"),
  *inject(scene) {
    const device = scene.device()
    const [first] = listedIn(scene)
    yield* scene.learn(device)
    const [main, modem] = first.components
    const exchanged = [main!, { ...modem!, digest: scene.bytes("modem").toString("hex") }]
    yield scene.attempt(device.did, device.message({ fw: claimOf(scene, first, exchanged) }))
  },
}
