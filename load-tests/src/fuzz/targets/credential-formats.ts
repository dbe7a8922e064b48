/** Credentials in every format, as devices present them: a text from anybody, signed by an issuer or not. */
import { createHash } from "node:crypto"
import {
  type CredentialInput,
  ISSUED_FORMATS,
  type IssuedFormat,
  issueCredentialWith,
  readCredential,
  verifyCredential,
  whyNotBound,
} from "@assay/credentials"
import { type RemoteKey, signClaims, signRaw } from "@assay/jose"
import { type Target, text } from "../target.ts"
import { devices, NOW, world } from "../world.ts"

const { did, alg, key } = world.manufacturer
const ISSUER: RemoteKey = { did, alg, sign: async (input) => signRaw(key, input) }
const [device] = devices
const DOMAIN = "https://plant.example/"

const inputOf = (format: IssuedFormat): CredentialInput => ({
  subject: device!.did,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: "SN-1",
  capabilities: {
    measurements: [{ name: "t*", unit: "Cel", min: -40, max: 85 }],
    actions: ["telemetry"],
    audiences: ["https://plant.example/*"],
    ratePerMinute: 60,
  },
  validFrom: NOW * 1000,
  validUntil: (NOW + 86_400) * 1000,
  status: [
    { list: "https://plant.example/status/1", purpose: format === "dc+sd-jwt" ? "token" : "revocation", index: 7 },
  ],
})

const hidden = (format: IssuedFormat): ReadonlyArray<string> =>
  format === "dc+sd-jwt" ? ["hardwareId", "assurance"] : []

const hashOf = (presented: string): string => createHash("sha256").update(presented).digest("base64url")

/** With a key binding behind it. */
const bound = (presented: string, nonce = "challenge"): string => {
  const { identity } = device!.profile
  const claims = { iat: NOW, aud: DOMAIN, nonce, sd_hash: hashOf(presented) }
  return `${presented}${signClaims(claims, identity.key, { kid: identity.kid, typ: "kb+jwt" })}`
}

const TOKENS = await Promise.all(
  ISSUED_FORMATS.map((format) => issueCredentialWith(inputOf(format), ISSUER, format, hidden(format))),
)
const PRESENTED = TOKENS[ISSUED_FORMATS.indexOf("dc+sd-jwt")]!
const SEEDS = [...TOKENS, bound(PRESENTED)]

const inputIn = (token: string): string | null => {
  const read = readCredential(token)
  return "detail" in read ? null : Buffer.from(read.signed.signingInput).toString("hex")
}
const SIGNED = new Set(SEEDS.map(inputIn))

const formats: Target = {
  name: "credential-formats",
  about:
    "readCredential and its signature: dc+sd-jwt with and without key binding, data-integrity, vc+cose, vc+jwt, from anybody",
  seeds: () => SEEDS.map((token) => Buffer.from(token)),
  check: (bytes) => {
    const token = text(bytes)
    const found = verifyCredential(token)
    if ("credential" in found && found.credential.terms.issuer === did && !SIGNED.has(inputIn(token)))
      throw new Error("a credential that its issuer did not sign verifies")
    return !("detail" in readCredential(token))
  },
}

const [challenger] = world.operators

/** An SD-JWT that its holder bound to a challenge which was made for it. */
const answered = (presented: string): string => {
  const asked = { iss: challenger!.did, sub: device!.did, aud: DOMAIN, iat: NOW, exp: NOW + 300, jti: "x" }
  const claims = { ...asked, purpose: "attestation", key: hashOf(presented) }
  const challenge = signClaims(claims, challenger!.key, { kid: challenger!.kid, typ: "assay-challenge+jwt" })
  return bound(presented, challenge.toString("latin1"))
}

const ANSWERED = [PRESENTED, `${PRESENTED.split("~", 2).join("~")}~`].map(answered)
const context = {
  holder: device!.did,
  aud: DOMAIN,
  trustDomain: DOMAIN,
  challengers: [challenger!.did],
  time: NOW * 1000,
}

/** What its holder signed, where the binding holds. */
const heldIn = (token: string): string | null => {
  const read = readCredential(token)
  if ("detail" in read || read.binding === null || whyNotBound(read.binding, context) !== null) return null
  return Buffer.from(read.binding.jws.signingInput).toString("latin1")
}
const HELD = new Set(ANSWERED.map(heldIn))
if (HELD.has(null)) throw new Error("a seed does not hold")

const bindings: Target = {
  name: "key-binding",
  about: "whyNotBound: the key binding of an SD-JWT and the challenge that it answers, from anybody",
  seeds: () => ANSWERED.map((token) => Buffer.from(token)),
  check: (bytes) => {
    const held = heldIn(text(bytes))
    if (held !== null && !HELD.has(held)) throw new Error("a key binding that its holder did not sign holds")
    return held !== null
  },
}

export const CREDENTIAL_FORMATS: ReadonlyArray<Target> = [formats, bindings]
