/** Do presented credentials admit their device? The same questions as at their acceptance, but those that need a state. */
import type { BundleView } from "../bundle/view.ts"
import { verifiedKey } from "../token.ts"
import { whyNotInForce } from "./credential-in-force.ts"
import { type ReadCredential, readCredential, signed } from "./read.ts"
import type { Terms } from "./terms.ts"

/** How many credentials of one presentation are looked at; the rest counts for nothing. */
export const MAX_PRESENTED = 4

/**
 * Null where one of the credentials was issued to `device` by an issuer that the bundle trusts with it, is signed by that
 * issuer and in force; otherwise what is wrong with the first, for people. Synchronous: about 160 us for a credential of a
 * trusted issuer.
 * @param time of the entry, milliseconds since 1970
 * @param skewMs how far an issuer's clock may be ahead of the log's
 */
export const whyNoneHolds = (
  device: string,
  credentials: ReadonlyArray<string>,
  view: BundleView,
  time: number,
  skewMs: number,
): string | null => {
  const found = firstThatHolds(device, credentials, view, time, skewMs)
  return "why" in found ? found.why : null
}

/** The terms of the first credential that admits the device, by the same rules; else what is wrong with the first. */
export const firstThatHolds = (
  device: string,
  credentials: ReadonlyArray<string>,
  view: BundleView,
  time: number,
  skewMs: number,
): { readonly terms: Terms } | { readonly why: string } => {
  let first: string | null = null
  for (const token of credentials.slice(0, MAX_PRESENTED)) {
    const read = readCredential(token)
    const found = "detail" in read ? read.detail : termsFor(device, read, view, time, skewMs)
    if (typeof found !== "string") return { terms: found }
    first ??= found
  }
  return { why: first ?? "no credential" }
}

/** The terms of one that admits the device, or why it does not. */
const termsFor = (
  device: string,
  read: ReadCredential,
  view: BundleView,
  time: number,
  skewMs: number,
): Terms | string => {
  const { subject, terms } = read.credential
  // Only a trusted issuer's signature is worth checking: anybody can sign as somebody nobody knows.
  if (view.issuer(terms.issuer) === undefined) return `${terms.issuer} is no issuer of the bundle`
  if (subject !== device) return `issued to ${subject}`
  const key = verifiedKey(read.signed, terms.issuer, view.documents)
  if ("detail" in key) return key.detail
  const credential = signed(read, key)
  // As strict as an acceptance: nothing new is believed on stale knowledge.
  return whyNotInForce(credential, view, time, false, skewMs)?.offence ?? credential.terms
}
