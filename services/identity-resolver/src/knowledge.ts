/** What identity-resolver reads in the trust bundle: the trust domain, and who has another role than device. */
import { parseDid } from "@assay/did"
import type { TrustBundle } from "@assay/trust"

/** Whether a message with this audience is meant for this deployment: a URI under its trust domain, or a device's DID. */
export const isAudienceOf = (bundle: TrustBundle, audience: string): boolean => {
  if (audience.startsWith(bundle.trustDomain) || `${audience}/` === bundle.trustDomain) return true
  const did = audience.startsWith("did:") ? parseDid(audience) : null
  // Whether that device is one of ours is segmentation's question: it may live on another partition.
  return did !== null && (did.method === "key" || did.method === "jwk")
}

const roles = new WeakMap<TrustBundle, ReadonlySet<string>>()

/** The issuers and operators. Built once per bundle: the same object is passed for as long as it is in force. */
export const rolesOf = (bundle: TrustBundle): ReadonlySet<string> => {
  let known = roles.get(bundle)
  if (known === undefined) {
    known = new Set([...bundle.issuers, ...bundle.operators].map(({ did }) => did))
    roles.set(bundle, known)
  }
  return known
}
