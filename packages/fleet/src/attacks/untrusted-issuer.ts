import { type Attack, quarantinedBy } from "../attack.ts"

export const untrustedIssuer: Attack = {
  name: "untrusted-issuer",
  title: "A device presents a credential by an issuer of whom nobody has heard",
  category: "credential",
  expect: quarantinedBy("credential", "credential.issuer_untrusted"),
  *inject(scene) {
    const device = scene.device("device", { credential: { kind: "untrusted" } })
    yield scene.attempt(device.did, device.presentation())
    yield scene.attempt(device.did, device.message(), quarantinedBy("credential", "credential.missing"))
  },
}
