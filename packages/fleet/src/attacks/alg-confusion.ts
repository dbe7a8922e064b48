import { createHmac, createPublicKey } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import { type Attack, rejectedFor } from "../attack.ts"
import { signatureOf } from "../keys.ts"
import { signingInput, withSignature } from "../token.ts"

export const algConfusion: Attack = {
  name: "alg-confusion",
  title: "HMAC keyed with the public key, RSA, or the other curve's algorithm, under a victim's DID",
  category: "forgery",
  expect: rejectedFor("identity.alg_refused"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const { identity } = victim.profile
    const pem = createPublicKey(identity.key).export({ type: "spki", format: "pem" })
    yield* scene.learn(victim)
    const inputFor = (alg: string): Buffer => {
      const header = encodeBase64url(Buffer.from(JSON.stringify({ alg, kid: identity.kid, typ: "m2m-message+jwt" })))
      return Buffer.from(signingInput(header, victim.payload()), "latin1")
    }
    const hmac = inputFor("HS256")
    yield scene.attempt(victim.did, withSignature(hmac, createHmac("sha256", pem).update(hmac).digest()))
    const long = inputFor("HS512")
    yield scene.attempt(victim.did, withSignature(long, createHmac("sha512", pem).update(long).digest()))
    const rsa = inputFor("RS256")
    yield scene.attempt(victim.did, withSignature(rsa, Buffer.concat([scene.bytes("a"), scene.bytes("b")])))
    const other = inputFor(identity.alg === "Ed25519" ? "ES256" : "Ed25519")
    yield scene.attempt(victim.did, withSignature(other, signatureOf(identity, other)))
    yield* scene.staysTrusted(victim)
  },
}
