/** What formats whose evidence is a chain of certificates have in common: the chain, the pinned key, and the key of the DID in it. */
import { createHash, type KeyObject } from "node:crypto"
import { encodeDidKey, keyIdOfDid, publicKeyOf } from "@assay/did"
import { type Measured, measured, SLOT } from "../appraise/measured.ts"
import type { EvidenceContext } from "../evidence/context.ts"
import { type EvidenceRefused, refused } from "../evidence/reason.ts"
import type { Format, KeyAlgorithm } from "../knowledge/endorsements.ts"
import { type Chain, certificateOf, verifyChain } from "../x509/chain.ts"

const CURVES: Readonly<Record<string, KeyAlgorithm>> = { prime256v1: "ES256", secp384r1: "ES384" }

/** What is hashed before it is signed by each algorithm; null: the algorithm has its own hash. */
export const HASH_OF: Readonly<Record<KeyAlgorithm, string | null>> = {
  ES256: "sha256",
  ES384: "sha384",
  RS256: "sha256",
  Ed25519: null,
}

/** The algorithm of a key; null for one that no policy can name. */
export const algorithmOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyAlgorithm | null => {
  if (asymmetricKeyType === "ed25519") return "Ed25519"
  if (asymmetricKeyType === "rsa") return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048 ? "RS256" : null
  return CURVES[asymmetricKeyDetails?.namedCurve ?? ""] ?? null
}

/** Names the key of the leaf: SHA-256 of its SubjectPublicKeyInfo, base64url. */
export const leafKeyOf = (chain: ReadonlyArray<Uint8Array>): string | EvidenceRefused => {
  const leaf = chain[0] === undefined ? null : certificateOf(chain[0])
  if (leaf === null) return refused("evidence_malformed", "the first certificate cannot be read")
  return createHash("sha256")
    .update(leaf.key.export({ format: "der", type: "spki" }))
    .digest("base64url")
}

export const isKeyOfDid = (key: KeyObject, device: string): boolean => {
  const algorithm = algorithmOf(key)
  if (algorithm !== "ES256" && algorithm !== "Ed25519") return false
  return encodeDidKey(publicKeyOf(key)) === keyIdOfDid(device)
}

export interface ChainOf {
  readonly format: Format
  readonly understood?: ReadonlySet<string>
  readonly timeless?: true
}

/** The chain, where it ends at a maker in force and its leaf has a key of a pinned algorithm. */
export const chainUnder = (
  ders: ReadonlyArray<Uint8Array>,
  { format, ...more }: ChainOf,
  { endorsements: { roots, revoked, body }, time }: EvidenceContext,
): Chain | EvidenceRefused => {
  const found = verifyChain(ders, { roots: roots.get(format) ?? [], revoked, time, ...more })
  if (typeof found === "string") return refused("evidence_maker_unknown", found)
  const algorithm = algorithmOf(found.leaf.key)
  if (algorithm === null || !body.appraisal.algorithms.includes(algorithm))
    return refused(
      "evidence_alg_refused",
      `keys are ${body.appraisal.algorithms.join(", ")}, not ${algorithm ?? "another"}`,
    )
  return found
}

export const measuredChain = ({ certificates, root }: Chain): ReadonlyArray<Measured> => [
  ...certificates.map(({ hash }) => measured(SLOT.certificate, hash)),
  measured(SLOT.root, root.hash),
]
