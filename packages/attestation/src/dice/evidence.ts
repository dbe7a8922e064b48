/**
 * Evidence of a DICE: a chain of certificates in which each layer says what it measured of the next one, and a signature over the
 * challenge by the key of the last layer. A key of the chain is the key of the DID.
 */
import { verify } from "node:crypto"
import { list, object, oneOf, type ValueOf } from "@assay/jose/shape"
import { collected } from "../appraise/measured.ts"
import { algorithmOf, chainUnder, HASH_OF, isKeyOfDid, leafKeyOf, measuredChain } from "../chains/shown.ts"
import type { VerifierOf } from "../evidence/context.ts"
import { bytes, readerOf } from "../evidence/read.ts"
import { refused } from "../evidence/reason.ts"
import { MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { MAX_CHAIN } from "../x509/chain.ts"
import { layersOf, UNDERSTOOD } from "./layers.ts"

const MAX_SIGNATURE = 512

const shape = object({
  format: oneOf(["dice"]),
  /** Leaf first, DER. */
  chain: list(bytes(MAX_CERTIFICATE_BYTES), MAX_CHAIN, 1),
  /** Over the SHA-256 of the challenge, by the key of the leaf; ECDSA in DER. */
  signature: bytes(MAX_SIGNATURE),
})

export type DiceEvidence = ValueOf<typeof shape>

export const DICE: VerifierOf<DiceEvidence> = {
  format: "dice",
  read: readerOf(shape),
  keyOf: ({ chain }) => leafKeyOf(chain),
  verify: ({ chain, signature }, digest, context) => {
    // Layers issue certificates before there is a clock.
    const found = chainUnder(chain, { format: "dice", understood: UNDERSTOOD, timeless: true }, context)
    if ("reason" in found) return found
    const { leaf, certificates } = found
    if (!verify(HASH_OF[algorithmOf(leaf.key)!], digest, leaf.key, signature))
      return refused("evidence_not_fresh", "the key of the leaf did not sign this challenge")
    if (!certificates.some(({ key }) => isKeyOfDid(key, context.device)))
      return refused("evidence_key_mismatch", "no key of the chain is the one of the device's DID")
    const layers = layersOf(found)
    if ("reason" in layers) return layers
    return { measured: collected([...layers.measured, ...measuredChain(found)]), counters: null, endorsedAt: null }
  },
}
