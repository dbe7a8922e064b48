/** Is an accepted credential in force at this moment, under the bundle in force? Asked again for every message. */
import type { ReasonCode } from "@assay/trust"
import type { BundleView, ListView } from "../bundle/view.ts"
import { statusAt } from "../status/list.ts"
import type { DeviceCredential } from "./read.ts"
import type { StatusPurpose } from "./terms.ts"

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
  const { standing, lists } = view.weigh(terms)
  if (standing.kind === "untrusted") return finding("credential.issuer_withdrawn", terms.issuer)
  if (standing.kind === "out-of-scope") return finding("credential.issuer_scope", standing.offence)
  let worst: Finding | null = null
  for (let i = 0; i < lists.length; i++) {
    const found = checkStatus(terms.status[i]!.purpose, lists[i], indices.at(i)!, time, lenient)
    if (found === null) continue
    if (!isWarning(found)) return found
    worst = found
  }
  return worst
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
    return finding("credential.status_unavailable", `the bundle carries no such ${purpose} list`)
  const { item, list } = found
  const bit = statusAt(list, index)
  if (bit === null) return finding("credential.status_index", `index ${index} of ${list.length}`)
  // A set bit counts however old the list is: revocation is not taken back by waiting.
  if (bit === 1)
    return finding(purpose === "revocation" ? "credential.revoked" : "credential.suspended", `${item.id}#${index}`)
  if (time - item.issued <= item.maxAgeMs) return null
  const offence = `${item.id} was issued ${new Date(item.issued).toISOString()}`
  return finding(lenient ? "credential.status_stale" : "credential.status_stale_act", offence)
}

/** Reasons for which a credential will never count again. */
const FINAL: ReadonlySet<ReasonCode> = new Set(["credential.expired", "credential.revoked"])

/** Whether a credential that is not in force, for this, stays so. */
export const isOver = (finding: Finding): boolean => finding.reasons.some((code) => FINAL.has(code))
