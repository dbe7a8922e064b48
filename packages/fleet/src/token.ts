/**
 * Compact JWS as devices and attackers write them: nothing is checked here, because half of what the fleet sends is
 * wrong on purpose. Honest knowledge and commands are signed by the libraries of Assay itself.
 */
import { hash } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import { type Identity, signatureOf } from "./keys.ts"

/** A token and the digest of its signing input, by which the next message names it. */
export interface Signed {
  /** The compact form in ASCII. */
  readonly bytes: Buffer
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
}

const part = (value: unknown): string => encodeBase64url(Buffer.from(JSON.stringify(value)))

/** The header that an honest signer writes, encoded. Constant for a signer and a type. */
export const headerOf = (signer: Identity, typ: string): string => part({ alg: signer.alg, kid: signer.kid, typ })

/** What a signature covers, from an encoded header and a payload. */
export const signingInput = (header: string, payload: object): string => `${header}.${part(payload)}`

/** Signs as the signer would, whatever the header claims. */
export const signToken = (signer: Identity, header: string, payload: object): Signed => {
  const input = Buffer.from(signingInput(header, payload), "latin1")
  return withSignature(input, signatureOf(signer, input))
}

/** A token of any header and any payload under any signature. */
export const withSignature = (input: Buffer, signature: Uint8Array): Signed => ({
  bytes: Buffer.from(`${input.toString("latin1")}.${encodeBase64url(signature)}`, "latin1"),
  digest: hash("sha256", input, "base64url"),
})

/** As `signToken`, with a header that nobody would write. */
export const signOddly = (signer: Identity, header: object, payload: object): Signed =>
  signToken(signer, part(header), payload)

/** As `signToken`, over text that need not be JSON. */
export const signText = (signer: Identity, header: string, payload: string | Uint8Array): Signed => {
  const input = Buffer.from(`${header}.${encodeBase64url(Buffer.from(payload))}`, "latin1")
  return withSignature(input, signatureOf(signer, input))
}
