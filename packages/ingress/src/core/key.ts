/** The routing key that ingress gives a message: the `iss` it claims. A guess for routing only; identity-resolver proves it. */
import { claimedIssuer, isCose } from "@assay/message"

const MAX_KEY = 2048

const readUntrusted = (segment: string): unknown => {
  try {
    return JSON.parse(Buffer.from(segment, "base64url").toString("utf8"))
  } catch {
    return null // not JSON: identity-resolver gives it its reason code
  }
}

/** @returns the claimed issuer, or "" where none can be read (the message will be rejected, and kept) */
export const keyOf = (message: Uint8Array): string => {
  const iss = isCose(message) ? claimedIssuer(message) : issuerOfJws(message)
  return typeof iss === "string" && iss.length <= MAX_KEY ? iss : ""
}

const issuerOfJws = (message: Uint8Array): unknown => {
  const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString("latin1")
  const first = text.indexOf(".")
  const second = text.indexOf(".", first + 1)
  if (first < 0 || second < 0) return null
  const claims = readUntrusted(text.slice(first + 1, second))
  return typeof claims === "object" && claims !== null ? (claims as { iss?: unknown }).iss : null
}
