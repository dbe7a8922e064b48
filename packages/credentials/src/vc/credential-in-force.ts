/** Is an accepted credential in force at this moment, under the bundle in force? Asked again for every message. */
import type { ReasonCode, StatusPurpose } from "@assay/trust"
import type { BundleView, ListView, SignerStanding } from "../bundle/view.ts"
import { statusAt } from "../status/list.ts"
import { TOKEN_STATUS } from "../status/token-list.ts"
import type { DeviceCredential } from "./read.ts"

export interface Finding {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** For people. */
  readonly offence: string
}

const finding = (reason: ReasonCode, offence: string): Finding => ({ reasons: [reason], offence })

/** What is asked of a credential; read from a token, or from a state that keeps it. */
export interface DatedCredential extends Pick<DeviceCredential, "terms" | "validFrom" | "validUntil"> {
  readonly indices: { at(index: number): number | undefined }
}

/**
 * Null where the credential is in force. `lenient` is for telemetry, which a stale status list only annotates.
 * @param time of the entry, milliseconds since 1970
 * @param skewMs how far the issuer's clock may be ahead of the log's: no more than a device's may
 */
export const whyNotInForce = (
  credential: DatedCredential,
  view: BundleView,
  time: number,
  lenient: boolean,
  skewMs: number,
): Finding | null => {
  const { terms, validFrom, validUntil, indices } = credential
  if (time < validFrom - skewMs)
    return finding("credential.not_yet_valid", `valid from ${new Date(validFrom).toISOString()}`)
  if (time >= validUntil) return finding("credential.expired", `expired ${new Date(validUntil).toISOString()}`)
  const { standing, lists, signer } = view.weigh(terms)
  if (standing.kind === "untrusted") return finding("credential.issuer_withdrawn", terms.issuer)
  if (standing.kind === "conflict") return finding("credential.registry_conflict", standing.offence)
  if (standing.kind === "registered" && time >= standing.until)
    return finding(
      "credential.registry_stale",
      `what ${standing.registry} answered lasted until ${new Date(standing.until).toISOString()}`,
    )
  if (standing.kind === "out-of-scope") return finding("credential.issuer_scope", standing.offence)
  const unsigned = signer === null ? null : checkSigner(signer, terms.issuer, time)
  if (unsigned !== null) return unsigned
  let worst: Finding | null = null
  for (let i = 0; i < lists.length; i++) {
    const found = checkStatus(terms.status[i]!.purpose, lists[i], indices.at(i)!, time, lenient)
    if (found === null) continue
    if (!isWarning(found)) return found
    worst = found
  }
  return worst
}

/** What a credential's key has become, by the document of its issuer that is in force. */
const checkSigner = (signer: SignerStanding, issuer: string, time: number): Finding | null => {
  if (signer.kind === "missing") return finding("credential.document_missing", `no document of ${issuer} is in force`)
  if (signer.kind === "unlisted")
    return finding("credential.issuer_key_withdrawn", `${issuer} does not list the key that signed it any more`)
  if (time >= signer.expires)
    return finding(
      "credential.document_expired",
      `the document of ${issuer} counts no more since ${new Date(signer.expires).toISOString()}`,
    )
  return signer.ends !== null && time >= signer.ends
    ? finding("credential.issuer_key_withdrawn", `its key ended ${new Date(signer.ends).toISOString()}`)
    : null
}

/** Whether a finding only annotates: the credential still counts. */
export const isWarning = (finding: Finding): boolean =>
  finding.reasons.length === 1 && finding.reasons[0] === "credential.status_stale"

const checkStatus = (
  purpose: StatusPurpose,
  found: ListView | undefined,
  index: number,
  time: number,
  lenient: boolean,
): Finding | null => {
  if (found === undefined || found.list === null)
    return finding("credential.status_unavailable", `no such ${purpose} list is in force`)
  const { id, issued, until, list } = found
  const value = statusAt(list, index)
  if (value === null) return finding("credential.status_index", `index ${index} of ${list.length}`)
  // What is set counts however old the list is: revocation is not taken back by waiting.
  if (value !== 0)
    return finding(reasonOf(purpose, value), `${id}#${index}${purpose === "token" ? ` is ${value}` : ""}`)
  if (time <= until) return null
  const offence = `${id} was issued ${new Date(issued).toISOString()}`
  return finding(lenient ? "credential.status_stale" : "credential.status_stale_act", offence)
}

/** A Token Status List says itself what is meant, and may say what nobody here knows. */
const reasonOf = (purpose: StatusPurpose, value: number): ReasonCode => {
  if (purpose !== "token") return purpose === "revocation" ? "credential.revoked" : "credential.suspended"
  if (value === TOKEN_STATUS.invalid) return "credential.revoked"
  return value === TOKEN_STATUS.suspended ? "credential.suspended" : "credential.status_unknown"
}

/** Reasons for which a credential will never count again. */
const FINAL: ReadonlySet<ReasonCode> = new Set(["credential.expired", "credential.revoked"])

/** Whether a credential that is not in force, for this, stays so. */
export const isOver = (finding: Finding): boolean => finding.reasons.some((code) => FINAL.has(code))
