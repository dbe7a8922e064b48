/** base64url as JOSE wants it, canonical only. The code lives with the DIDs, which need it below this package. */
export { decodeBase64urlIn, encodeBase64url } from "@assay/did"
