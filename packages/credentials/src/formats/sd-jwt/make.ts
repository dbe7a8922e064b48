/** What an issuer and a holder make: an SD-JWT VC with disclosures, and its presentation with a key binding (RFC 9901). */
import { createHash, randomBytes } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import type { Json } from "@assay/jose"

const SALT_BYTES = 16

export interface Hidden {
  readonly digest: string
  readonly disclosure: string
}

/** One member, to be disclosed or not. @param salt at least 128 bits; drawn where it is left out */
export const hide = (name: string, value: Json, salt = randomBytes(SALT_BYTES)): Hidden => {
  const disclosure = encodeBase64url(Buffer.from(JSON.stringify([encodeBase64url(salt), name, value])))
  return { digest: createHash("sha256").update(disclosure).digest("base64url"), disclosure }
}

/** The SD-JWT with those of its disclosures that its holder shows; what is signed in a key binding. */
export const present = (token: string, names: ReadonlySet<string>): string => {
  const [jwt, ...disclosures] = token.split("~").slice(0, -1) as [string, ...string[]]
  const shown = disclosures.filter((one) => {
    const [, name] = JSON.parse(Buffer.from(one, "base64url").toString("utf8")) as [string, string]
    return names.has(name)
  })
  return [jwt, ...shown, ""].join("~")
}

/** `sd_hash` of what is presented: the `key` that a challenge is asked for. */
export const hashOfPresented = (presented: string): string => createHash("sha256").update(presented).digest("base64url")
