/** Making compact JWS, as a device, an issuer or an operator does. */
import type { KeyObject } from "node:crypto"
import { encodeBase64url } from "../../base64url.ts"
import { kidOfKey, type RemoteKey } from "../../remote-key.ts"
import { algOf, signRaw } from "../../sign.ts"

export interface SignOptions {
  /** The DID URL of the signing key. */
  readonly kid: string
  readonly typ: string
}

/**
 * The token over `payload`, in ASCII. The key fixes `alg` (`Ed25519` or `ES256`). Deterministic: the same key, header and
 * payload give the same bytes. Throws TypeError for a key of another kind.
 */
export const signCompact = (payload: Uint8Array, key: KeyObject, options: SignOptions): Buffer => {
  const header = JSON.stringify({ alg: algOf(key), kid: options.kid, typ: options.typ })
  const input = `${encodeBase64url(Buffer.from(header))}.${encodeBase64url(payload)}`
  return Buffer.from(`${input}.${encodeBase64url(signRaw(key, Buffer.from(input, "latin1")))}`, "latin1")
}

/** `signCompact` over the JSON of `claims`. */
export const signClaims = (claims: object, key: KeyObject, options: SignOptions): Buffer =>
  signCompact(Buffer.from(JSON.stringify(claims)), key, options)

/** `signClaims` by a key that is elsewhere. ES256 is deterministic only where that key is. @throws what the signer throws */
export const signClaimsWith = async (
  claims: object,
  key: Pick<RemoteKey, "alg" | "sign">,
  { kid, typ }: SignOptions,
): Promise<Buffer> => {
  const part = (value: object): string => encodeBase64url(Buffer.from(JSON.stringify(value)))
  const input = `${part({ alg: key.alg, kid, typ })}.${part(claims)}`
  return Buffer.from(`${input}.${encodeBase64url(await key.sign(Buffer.from(input, "latin1")))}`, "latin1")
}

/**
 * The token over `claims` of the DID whose key it is, which is its `iss` and names its `kid`.
 * @throws TypeError where the DID has no key here; what the signer throws
 */
export const signTokenWith = async (claims: object, key: RemoteKey, typ: string): Promise<string> => {
  return (await signClaimsWith({ iss: key.did, ...claims }, key, { kid: kidOfKey(key), typ })).toString("latin1")
}
