/**
 * Evidence that is a token in COSE: of PSA (RFC 9783), and EAT (RFC 9711) with the key of the DID in `cnf`. Its nonce is the SHA-256 of
 * the challenge; the key that signed it has a certificate of its maker.
 */
import type { CborMap } from "@assay/cose"
import { keyIdOfDid } from "@assay/did"
import { list, object, oneOf, type ValueOf } from "@assay/jose/shape"
import { collected, measured, SLOT } from "../appraise/measured.ts"
import { algorithmOf, chainUnder, leafKeyOf, measuredChain } from "../chains/shown.ts"
import type { VerifierOf } from "../evidence/context.ts"
import { bytes, readerOf } from "../evidence/read.ts"
import { refused } from "../evidence/reason.ts"
import { MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { MAX_CHAIN } from "../x509/chain.ts"
import { eatClaims, psaClaims, type TokenClaims } from "./claims.ts"
import { readSign1 } from "./sign1.ts"

const MAX_TOKEN = 8_192

const shapeOf = (format: "psa" | "eat") =>
  object({
    format: oneOf([format]),
    /** COSE_Sign1. */
    token: bytes(MAX_TOKEN),
    /** Of the key that signed it, DER, leaf first. */
    chain: list(bytes(MAX_CERTIFICATE_BYTES), MAX_CHAIN, 1),
  })

export type TokenEvidence = ValueOf<ReturnType<typeof shapeOf>>

const verifierOf = (format: "psa" | "eat", claimsOf: (claims: CborMap) => TokenClaims): VerifierOf<TokenEvidence> => {
  const shape = shapeOf(format)
  return {
    format,
    read: readerOf(shape),
    keyOf: ({ chain }) => leafKeyOf(chain),
    verify: ({ token, chain }, digest, context) => {
      const found = chainUnder(chain, { format }, context)
      if ("reason" in found) return found
      const { leaf } = found
      const { claims, isSignedBy } = readSign1(token)
      if (leaf.isCa || !isSignedBy(leaf.key, algorithmOf(leaf.key)!))
        return refused("evidence_unverified", "the token does not verify under the key of the certificate")
      const { nonce, open, components, confirmed } = claimsOf(claims)
      if (Buffer.compare(nonce, digest) !== 0)
        return refused("evidence_not_fresh", "the token is for another challenge")
      if (open !== null) return refused("evidence_debug", open)
      if (confirmed !== null && confirmed !== keyIdOfDid(context.device))
        return refused("evidence_key_mismatch", "the token speaks for another key than the one of the device's DID")
      const parts = components.map((one) => measured(SLOT.component, one))
      return { measured: collected([...parts, ...measuredChain(found)]), counters: null, endorsedAt: null }
    },
  }
}

export const PSA = verifierOf("psa", psaClaims)
export const EAT = verifierOf("eat", eatClaims)
