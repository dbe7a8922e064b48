/**
 * Which key a DID names. One key has several DIDs (did:key, and did:jwk with its members in any order and with optional
 * ones), so whoever counts signers, or asks for the role of one, compares keys and never DIDs.
 */
import type { PublicKey } from "./key.ts"
import { encodeDidKey } from "./method/key.ts"
import { keyIdOfResolved, resolveDeviceKey } from "./resolve.ts"

/**
 * The one name of a key: its did:key, which has exactly one form for each Ed25519 key and each point of P-256. Two keys are
 * the same exactly where these names are equal.
 * @throws TypeError for a point off the curve
 */
export const keyIdOf = (key: PublicKey): string => encodeDidKey(key)

/** The name of the key behind a did:key or did:jwk; any other text, which names no key, stands for itself. */
export const keyIdOfDid = (did: string): string => {
  const key = resolveDeviceKey(did)
  return "reason" in key ? did : keyIdOfResolved(key)
}

/** The places of those DIDs whose key an earlier one names already, each with the place of the first. */
export const repeatedKeys = (
  dids: ReadonlyArray<string>,
): ReadonlyArray<{ readonly at: number; readonly first: number }> => {
  const seen = new Map<string, number>()
  const found: Array<{ at: number; first: number }> = []
  dids.forEach((did, at) => {
    const id = keyIdOfDid(did)
    const first = seen.get(id)
    if (first === undefined) seen.set(id, at)
    else found.push({ at, first })
  })
  return found
}
