/** A private key that is not here: in a token, at a service. What it signs is asked for (`packages/signing` has such keys). */
import { type Algorithm, resolveDeviceKey } from "@assay/did"

export interface RemoteKey {
  /** did:key or did:jwk; or a DID whose keys stand in a document, with `kid`. */
  readonly did: string
  /** The DID URL of this key, as headers carry it, where it stands in the document of `did`. Left out: that of the did:key or did:jwk. */
  readonly kid?: string | undefined
  readonly alg: Algorithm
  /** 64 bytes over `input` itself. @throws where the key cannot be reached */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** The DID URL that headers name the key by. @throws TypeError where the DID has no key here, and none is named */
export const kidOfKey = ({ did, kid }: Pick<RemoteKey, "did" | "kid">): string => {
  if (kid !== undefined) return kid
  const named = resolveDeviceKey(did)
  if ("reason" in named) throw new TypeError(`${did}: ${named.detail}`)
  return named.kid
}
