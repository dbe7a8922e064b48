/** Whom a message claims to be from: nothing is verified, and what is wrong with the message is for identity-resolver to name. */
import { decodeCbor, isCborFailure, parseSign1 } from "@assay/cose"
import { issuerOf } from "./cose/issuer.ts"
import { COSE_TYPES, isCose } from "./format.ts"

/** Null where none can be read. Never throws. */
export const claimedIssuer = (bytes: Uint8Array): string | null =>
  isCose(bytes) ? issuerOfCose(bytes) : issuerOfJws(bytes)

const issuerOfCose = (bytes: Uint8Array): string | null => {
  const sign1 = parseSign1(bytes, COSE_TYPES)
  if ("reason" in sign1) return null
  const claims = decodeCbor(sign1.payload)
  const issuer = isCborFailure(claims) ? "" : issuerOf(sign1.kid, claims)
  return typeof issuer === "string" ? null : issuer.iss
}

/** Of a compact JWS (RFC 7515, section 7.1). */
const issuerOfJws = (bytes: Uint8Array): string | null => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
  const first = text.indexOf(".")
  const second = text.indexOf(".", first + 1)
  if (first < 0 || second < 0) return null
  try {
    const claims = JSON.parse(Buffer.from(text.slice(first + 1, second), "base64url").toString("utf8")) as {
      readonly iss?: unknown
    } | null
    return typeof claims?.iss === "string" ? claims.iss : null
  } catch {
    return null // not JSON
  }
}
