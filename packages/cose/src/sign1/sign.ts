/** Making COSE_Sign1, as a device does. */
import type { KeyObject } from "node:crypto"
import { algOf, signRaw } from "@assay/jose"
import { encodeCbor } from "../cbor/encode.ts"
import { SIGN1_TAG, signingInputOf } from "./parse.ts"

export interface Sign1Options {
  readonly kid: Uint8Array
  readonly typ: string
}

/**
 * The message over `payload`. The key fixes `alg`: Ed25519 (-19) or ESP256 (-9), the fully specified ones of RFC 9864.
 * Deterministic: the same key, header and payload give the same bytes. Throws TypeError for a key of another kind.
 */
export const signSign1 = (payload: Uint8Array, key: KeyObject, { kid, typ }: Sign1Options): Buffer => {
  const header = encodeCbor(
    new Map<number, number | string | Uint8Array>([
      [1, algOf(key) === "Ed25519" ? -19 : -9],
      [4, kid],
      [16, typ],
    ]),
  )
  const signature = signRaw(key, signingInputOf(header, payload))
  return Buffer.concat([Buffer.of(SIGN1_TAG), encodeCbor([header, new Map(), payload, signature])])
}
