/** What identity-resolver reads in the trust bundle: the trust domain, and who has another role than device. */
import { keyIdOfDid, parseDid } from "@assay/did"
import type { Knowledge, TrustBundle } from "@assay/trust"

/** Whether a message with this audience is meant for this deployment: a URI under its trust domain, or a device's DID. */
export const isAudienceOf = (bundle: TrustBundle, audience: string): boolean => {
  if (audience.startsWith(bundle.trustDomain) || `${audience}/` === bundle.trustDomain) return true
  const did = audience.startsWith("did:") ? parseDid(audience) : null
  // Whether that device is one of ours is segmentation's question: it may live on another partition.
  return did !== null && (did.method === "key" || did.method === "jwk")
}

const roles = new WeakMap<Knowledge, ReadonlyMap<string, string>>()

/** Every key that has a role, by its one name. Built once per knowledge: the same object is passed until something changes. */
const rolesOf = (knowledge: Knowledge): ReadonlyMap<string, string> => {
  let known = roles.get(knowledge)
  if (known === undefined) {
    const { bundle, roots } = knowledge
    known = new Map([
      ...(roots?.roots ?? []).map((did) => [keyIdOfDid(did), "a root"] as const),
      ...(bundle?.body.issuers ?? []).map(({ did }) => [keyIdOfDid(did), "an issuer"] as const),
      ...(bundle?.body.operators ?? []).map(({ did }) => [keyIdOfDid(did), "an operator"] as const),
    ])
    roles.set(knowledge, known)
  }
  return known
}

/**
 * What a key is that must be no device's: `a root`, `an issuer` or `an operator`; null for any other key.
 * @param keyId its one name: by another DID the key of an issuer would vouch for itself
 */
export const roleOf = (knowledge: Knowledge, keyId: string): string | null => rolesOf(knowledge).get(keyId) ?? null
