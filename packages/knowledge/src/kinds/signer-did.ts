/** The DID of whoever signs something, as knowledge names it. */
import { resolveDeviceKey } from "@assay/did"
import { type Reader, text } from "@assay/jose/shape"

/** did:key or did:jwk with a strong key: nothing in an item of knowledge needs a network to be resolved. */
export const signerDid: Reader<string> = (value, path, faults) => {
  const found = text(1024, /^did:/, "a DID")(value, path, faults)
  if (found === undefined) return undefined
  const key = resolveDeviceKey(found)
  if (!("reason" in key)) return found
  faults.push({ path, message: `must be a did:key or did:jwk with a strong key (${key.detail})` })
  return undefined
}
