import { type Attack, quarantinedBy } from "../attack.ts"

export const expiredCredential: Attack = {
  name: "expired-credential",
  title: "A device presents a credential that expired yesterday",
  category: "credential",
  expect: quarantinedBy("credential", "credential.expired"),
  *inject(scene) {
    const device = scene.device("device", { credential: { kind: "expired" } })
    yield scene.attempt(device.did, device.presentation())
    yield scene.attempt(device.did, device.message(), quarantinedBy("credential", "credential.missing"))
  },
}
