/** Making COSE_Sign1, as a device does. */
import type { KeyObject } from "node:crypto"
import type { Algorithm } from "@assay/did"
import { algOf, type RemoteKey, signRaw } from "@assay/jose"
import { encodeCbor } from "../cbor/encode.ts"
import { SIGN1_TAG, signingInputOf } from "./parse.ts"

export interface Sign1Options {
  readonly kid: Uint8Array
  readonly typ: string
}

/** Ed25519 (-19) or ESP256 (-9): the fully specified ones of RFC 9864. */
const headerOf = (alg: Algorithm, { kid, typ }: Sign1Options): Buffer =>
  encodeCbor(
    new Map<number, number | string | Uint8Array>([
      [1, alg === "Ed25519" ? -19 : -9],
      [4, kid],
      [16, typ],
    ]),
  )

const assemble = (header: Uint8Array, payload: Uint8Array, signature: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(SIGN1_TAG), encodeCbor([header, new Map(), payload, signature])])

/**
 * The message over `payload`. The key fixes `alg`. Deterministic: the same key, header and payload give the same bytes. Throws
 * TypeError for a key of another kind.
 */
export const signSign1 = (payload: Uint8Array, key: KeyObject, options: Sign1Options): Buffer => {
  const header = headerOf(algOf(key), options)
  return assemble(header, payload, signRaw(key, signingInputOf(header, payload)))
}

/** `signSign1` by a key that is elsewhere. ES256 is deterministic only where that key is. @throws what the signer throws */
export const signSign1With = async (
  payload: Uint8Array,
  key: Pick<RemoteKey, "alg" | "sign">,
  options: Sign1Options,
): Promise<Buffer> => {
  const header = headerOf(key.alg, options)
  return assemble(header, payload, await key.sign(signingInputOf(header, payload)))
}
