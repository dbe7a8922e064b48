/**
 * Evidence of a secure element: the certificate that its maker gave to a key of the chip. The key is that of the DID, so the signature
 * of the message, which has the challenge in it, shows that the chip was asked now. It says nothing of what the device booted.
 */
import { list, object, oneOf, type ValueOf } from "@assay/jose/shape"
import { collected } from "../appraise/measured.ts"
import { chainUnder, isKeyOfDid, leafKeyOf, measuredChain } from "../chains/shown.ts"
import type { VerifierOf } from "../evidence/context.ts"
import { bytes, readerOf } from "../evidence/read.ts"
import { refused } from "../evidence/reason.ts"
import { MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { MAX_CHAIN } from "../x509/chain.ts"

const shape = object({
  format: oneOf(["secure-element"]),
  /** Leaf first, DER. */
  chain: list(bytes(MAX_CERTIFICATE_BYTES), MAX_CHAIN, 1),
})

export type ElementEvidence = ValueOf<typeof shape>

export const SECURE_ELEMENT: VerifierOf<ElementEvidence> = {
  format: "secure-element",
  read: readerOf(shape),
  keyOf: ({ chain }) => leafKeyOf(chain),
  verify: ({ chain }, _digest, context) => {
    const found = chainUnder(chain, { format: "secure-element" }, context)
    if ("reason" in found) return found
    if (found.leaf.isCa || !isKeyOfDid(found.leaf.key, context.device))
      return refused("evidence_not_genuine", "the certificate is of another key than the one that signed this message")
    return { measured: collected(measuredChain(found)), counters: null, endorsedAt: null }
  },
}
