/**
 * Security Event Tokens (RFC 8417) of the OpenID Shared Signals Framework, with events of CAEP 1.0: how risky a device is
 * after a decision, and whether it complies after operators restored or revoked it. Only devices that are proven have one.
 * Pure: `iat` is the log's time and the signature deterministic, so a repeat is the same token with the same `jti`.
 */
import type { KeyObject } from "node:crypto"
import { signClaims } from "@assay/jose"
import type { SecurityEvent } from "../event.ts"
import type { SiemFormat } from "../format.ts"

const CAEP = "https://schemas.openid.net/secevent/caep/event-type"

export interface SetOptions {
  /** `iss`: a URL of the transmitter. */
  readonly issuer: string
  /** `aud`: who receives it. */
  readonly audience: string
  /** The name of the key in the transmitter's key set. */
  readonly kid: string
  /** Ed25519 or P-256. */
  readonly key: KeyObject
}

const LEVEL = { 1: "LOW", 2: "LOW", 3: "MEDIUM", 4: "HIGH", 5: "HIGH" } as const

const eventsOf = (event: SecurityEvent): object => {
  const seconds = Math.floor(event.timeMs / 1_000)
  const said = {
    event_timestamp: seconds,
    initiating_entity: event.kind === "original" ? "policy" : "admin",
    ...(event.reasons[0] === undefined
      ? {}
      : { reason_admin: { en: `${event.reasons[0].code}: ${event.reasons[0].text}` } }),
  }
  if (event.kind === "original")
    return {
      [`${CAEP}/risk-level-change`]: {
        ...said,
        principal: "DEVICE",
        current_level: LEVEL[event.severity],
        ...(event.reasons[0] === undefined ? {} : { risk_reason: event.reasons[0].code }),
      },
    }
  const [from, to] = event.disposition === "restored" ? ["not-compliant", "compliant"] : ["compliant", "not-compliant"]
  return { [`${CAEP}/device-compliance-change`]: { ...said, previous_status: from, current_status: to } }
}

/** @throws TypeError for a key of another kind */
export const set = ({ issuer, audience, kid, key }: SetOptions): SiemFormat => ({
  name: "set",
  mediaType: "application/secevent+jwt",
  line: (event) => {
    const claims = {
      iss: issuer,
      jti: event.key,
      iat: Math.floor(event.timeMs / 1_000),
      aud: audience,
      txn: event.origin,
      sub_id: { format: "did", url: event.device },
      events: eventsOf(event),
    }
    return signClaims(claims, key, { kid, typ: "secevent+jwt" }).toString("latin1")
  },
  takes: (decided) => decided.kind === "message" && decided.message.claims !== null,
  sumsUp: false,
})
