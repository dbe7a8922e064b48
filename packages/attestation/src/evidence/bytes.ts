/** Members of evidence that are bytes: canonical base64url, bounded. */
import { decodeBase64url } from "@assay/did"
import type { Reader } from "@assay/jose/shape"

export const bytes =
  (max: number): Reader<Uint8Array> =>
  (value, path, faults) => {
    const found = typeof value === "string" && value.length <= Math.ceil((max * 4) / 3) ? decodeBase64url(value) : null
    if (found !== null && found.length > 0) return found
    faults.push({ path, message: value === undefined ? "is missing" : `must be base64url of 1 to ${max} bytes` })
    return undefined
  }
