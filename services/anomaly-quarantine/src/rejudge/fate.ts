/** What becomes of one message that operators have judged again. Pure. */
import {
  type AssayedMessage,
  isReasonCode,
  type Knowledge,
  type ReasonCode,
  reasonInfo,
  type TrustState,
} from "@assay/trust"
import { isCovered, NONE_SHOWN, type Shown } from "./shown-credential.ts"
import { standingOf } from "./standing.ts"
import { FAULT, fateOfUndecided } from "./undecided.ts"

/** Why it stays where it is; null: it is issued. */
export type Stays =
  /** It was no original decision to quarantine, or does not name the reason. */
  | "not quarantined for it"
  /** A command, a configuration or firmware: what was not done in time is not done later. */
  | "not deliverable"
  /** Its device is quarantined or revoked. */
  | "device withheld"
  /** Of what was undecided: the stages do not let it pass, or it is not what the device has signed. */
  | "would not pass"
  | "not its device's word"
  /** Operators have revoked the key of its document that signed it. */
  | "key revoked"
  /** Operators have revoked credentials, and none is shown for it that stands. */
  | "no credential stands"
  | "holds"
  | "not superseded"
  | "not by knowledge"

const isFail = (code: ReasonCode): boolean => !isReasonCode(code) || reasonInfo(code).severity === "fail"

/** That the device, or its gateway, was quarantined then is no reason of the message: whether it still is, decides. */
const GATES: ReadonlySet<ReasonCode> = new Set(["anomaly.device_quarantined", "anomaly.gateway_withheld"])

/**
 * @param reason for which it was quarantined, or FAULT of one that was left undecided
 * @param trust of its device now
 * @param time of the command, milliseconds since 1970
 * @param shown the credentials that operators show, and what operators have revoked
 */
export const fateOf = (
  reason: ReasonCode,
  message: AssayedMessage,
  trust: TrustState,
  knowledge: Knowledge,
  time: number,
  shown: Shown = NONE_SHOWN,
): Stays | null =>
  (reason === FAULT
    ? fateOfUndecided(message, trust, knowledge, time)
    : fateOfQuarantined(reason, message, trust, knowledge, time, shown)) ?? whyRevoked(message, knowledge, shown)

/**
 * What operators have revoked since brings no correction of an item back. A record does not say which credential its message rested on, so
 * where any was revoked, one must be shown that was not.
 */
const whyRevoked = (message: AssayedMessage, knowledge: Knowledge, shown: Shown): Stays | null => {
  const { claims } = message
  if (claims?.kind !== "message") return null
  if (shown.ended.hasSigned(message)) return "key revoked"
  return shown.ended.hasCredentials && !isCovered(shown, message, claims, knowledge) ? "no credential stands" : null
}

const fateOfQuarantined: typeof fateOf = (reason, message, trust, knowledge, time, shown) => {
  const { claims, decision } = message
  if (decision?.kind !== "original" || decision.outcome !== "quarantined" || !decision.reasons.includes(reason))
    return "not quarantined for it"
  if (claims?.kind !== "message" || (claims.act !== "telemetry" && claims.act !== "event")) return "not deliverable"
  if (trust === "quarantined" || trust === "revoked") return "device withheld"
  for (const code of decision.reasons) {
    if (GATES.has(code) || (code !== reason && !isFail(code))) continue
    const standing = standingOf(code, message, knowledge, time, shown)
    if (standing !== "fallen") return standing
  }
  return null
}
