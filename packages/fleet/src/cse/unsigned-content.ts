import { type Attack, rejectedFor } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

export const unsignedContent: Attack = {
  name: "unsigned-content",
  title: "A content instance without signature, written in a device's name",
  category: "forgery",
  expect: rejectedFor("identity.malformed_jws"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    for (const content of ['{"temperature":21.5}', "on", "{}"])
      yield scene.carried(victim.did, Buffer.from(content), writtenAs(victim.did))
    yield* scene.staysTrusted(victim)
  },
}
