import { type Attack, quarantinedBy } from "../attack.ts"

export const identityCrowd: Attack = {
  name: "identity-crowd",
  title: "A crowd of freshly minted identities, each rightly signed, each without a credential",
  category: "exhaustion",
  expect: quarantinedBy("credential", "credential.missing"),
  *inject(scene) {
    for (let i = 0; i < scene.scale.crowd; i++) {
      const device = scene.device(`stranger ${i}`, { ordinal: i, credential: { kind: "none" } })
      yield scene.burst(device.did, device.message())
    }
  },
}
