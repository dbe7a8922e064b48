import { type Attack, rejectedFor } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

export const forgedOriginator: Attack = {
  name: "forged-originator",
  title: "Written into a device's container in its name, signed by another device",
  category: "forgery",
  expect: rejectedFor("identity.carrier_mismatch"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const other = scene.device("other")
    yield* scene.learn(victim)
    yield* scene.learn(other)
    const message = other.message()
    // Ingress routes by the issuer that it claims.
    yield scene.carried(other.did, message, writtenAs(victim.did))
    // It left nothing behind: the signer's own copy still counts.
    yield scene.lead(other, message)
    yield* scene.staysTrusted(victim)
    yield* scene.staysTrusted(other)
  },
}
