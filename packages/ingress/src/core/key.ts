/** The routing key that ingress gives a message: the `iss` it claims. A guess for routing only; identity-resolver proves it. */
import { claimedIssuer } from "@assay/message"

const MAX_KEY = 2048

/** @returns the claimed issuer, or "" where none can be read (the message will be rejected, and kept) */
export const keyOf = (message: Uint8Array): string => {
  const iss = claimedIssuer(message)
  return iss !== null && iss.length <= MAX_KEY ? iss : ""
}
