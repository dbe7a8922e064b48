import { encodeBase64url } from "@assay/did"
import { type Attack, quarantinedBy } from "../attack.ts"

export const brokenChain: Attack = {
  name: "broken-chain",
  title: "A message names another message before it than the one that was sent",
  category: "chain",
  expect: quarantinedBy("integrity", "integrity.chain_broken"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ prv: encodeBase64url(scene.bytes("no such message")) }))
  },
}
