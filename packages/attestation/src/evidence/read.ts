/** Reads evidence strictly by the shape of its format; its members that are bytes are canonical base64url, bounded. */
import { decodeBase64url } from "@assay/did"
import { formatPath, type Reader, readShape } from "@assay/jose/shape"

/** A reader of evidence: its members, or a sentence that says which of them is not as it must be. */
export const readerOf =
  <Body>(shape: Reader<Body>) =>
  (evidence: unknown): Body | string => {
    const found = readShape(shape, evidence as never)
    return "value" in found ? found.value : `${formatPath(["evidence", ...found[0]!.path])} ${found[0]!.message}`
  }

export const bytes =
  (max: number): Reader<Uint8Array> =>
  (value, path, faults) => {
    const found = typeof value === "string" && value.length <= Math.ceil((max * 4) / 3) ? decodeBase64url(value) : null
    if (found !== null && found.length > 0) return found
    faults.push({ path, message: value === undefined ? "is missing" : `must be base64url of 1 to ${max} bytes` })
    return undefined
  }
