import { type Attack, quarantinedBy } from "../attack.ts"

export const revokedCredential: Attack = {
  name: "revoked-credential",
  title: "A device presents a credential whose bit is set on the status list",
  category: "credential",
  expect: quarantinedBy("credential", "credential.revoked"),
  *inject(scene) {
    const device = scene.device("device", { credential: { kind: "revoked" } })
    yield scene.attempt(device.did, device.presentation())
    const after = quarantinedBy("credential", "credential.revoked", "credential.missing")
    yield scene.attempt(device.did, device.message(), after)
  },
}
