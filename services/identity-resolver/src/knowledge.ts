/** What identity-resolver reads in the trust bundle: the trust domain, and who has another role than device. */
import type { SignerDocument } from "@assay/credentials"
import { encodeDidKey, keyIdOfDid } from "@assay/did"
import { type Knowledge, kindOfItem, rolesNow, SIGNER_DOCUMENT_KIND, type TrustBundle } from "@assay/trust"

/**
 * Why a message with this audience is not meant for this deployment; null where it is. The audience is a URI under the trust
 * domain; that of a device is the trust domain followed by its DID. A DID alone names no deployment: what was said in one
 * could be carried into any other, and held against its device there.
 */
export const whyElsewhere = ({ trustDomain }: TrustBundle, audience: string): string | null => {
  if (audience.startsWith(trustDomain) || `${audience}/` === trustDomain) return null
  return audience.startsWith("did:")
    ? `aud ${audience} names a device and no deployment: write ${trustDomain}${audience}`
    : `aud ${audience} is not under ${trustDomain}`
}

const roles = new WeakMap<Knowledge, ReadonlyMap<string, string>>()

/** The keys of issuers and operators that stand in documents. */
const documentedRoles = ({ bundle, items }: Knowledge): ReadonlyArray<readonly [keyId: string, role: string]> =>
  [...items].flatMap(([name, { body }]) => {
    if (kindOfItem(name) !== SIGNER_DOCUMENT_KIND) return []
    const { did, keys } = body as SignerDocument
    const role = bundle?.body.operators.some((one) => one.did === did) ? "an operator" : "an issuer"
    return keys.map((key) => [encodeDidKey(key), role] as const)
  })

/** Every key that has a role, by its one name. Built once per knowledge: the same object is passed until something changes. */
const rolesOf = (knowledge: Knowledge): ReadonlyMap<string, string> => {
  let known = roles.get(knowledge)
  if (known === undefined) {
    const { bundle, roots } = knowledge
    known = new Map([
      ...documentedRoles(knowledge),
      ...rolesNow(roots, bundle?.body ?? null).map(([did, role]) => [keyIdOfDid(did), role] as const),
    ])
    roles.set(knowledge, known)
  }
  return known
}

/**
 * What a key is that must be no device's: `a root`, `an issuer`, `an operator`, `an aggregator` or another named role; null for any other key.
 * @param keyId its one name: by another DID the key of an issuer would vouch for itself
 */
export const roleOf = (knowledge: Knowledge, keyId: string): string | null => rolesOf(knowledge).get(keyId) ?? null
