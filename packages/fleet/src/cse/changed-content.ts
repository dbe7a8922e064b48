import { type Attack, rejectedFor } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

/** Another value in the place of the first measured one; the rest, the signature too, as it was. */
const changed = (bytes: Buffer): Buffer => {
  const [header, payload, signature] = bytes.toString("latin1").split(".") as [string, string, string]
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { senml: Array<{ v: number }> }
  claims.senml[0]!.v += 1
  return Buffer.from(`${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`)
}

export const changedContent: Attack = {
  name: "changed-content",
  title: "A content instance is changed inside the CSE",
  category: "forgery",
  expect: rejectedFor("identity.signature_invalid"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const message = victim.message()
    yield scene.carried(victim.did, changed(message.bytes), writtenAs(victim.did))
    yield scene.lead(victim, message)
    yield* scene.staysTrusted(victim)
  },
}
