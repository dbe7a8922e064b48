/**
 * Whether the claims of a message between the stages are such as identity-resolver lets pass. Whoever may write there could
 * bring any, and what no stage can keep in its state would stop the partition.
 */
import { type Claims, isDigest, isReservedKey } from "@assay/trust"

/** Longer than any DID that identity-resolver takes. */
const MAX_DEVICE = 2_048
/** Characters of a vendor's or a class's name in a firmware claim. */
const MAX_NAME = 128

export const isDevice = (name: string): boolean => !isReservedKey(name) && name.length <= MAX_DEVICE

/** @returns what is wrong with them, for people; null where nothing is */
export const claimsProblem = (claims: Claims | null): string | null => {
  if (claims === null) return "a message that identity-resolver has not authenticated"
  if (!isDevice(claims.iss)) return "a message of something that is no device"
  if (!isDigest(claims.digest)) return "a message whose digest is no base64url SHA-256"
  if ("prv" in claims && claims.prv !== null && !isDigest(claims.prv))
    return "a message whose prv is no base64url SHA-256"
  const fw = "fw" in claims ? claims.fw : null
  if (fw !== null && (fw.vendor.length > MAX_NAME || fw.class.length > MAX_NAME))
    return "a message with a firmware claim whose names are too long"
  return null
}
