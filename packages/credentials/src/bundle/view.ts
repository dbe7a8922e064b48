/** A bundle in force, indexed for the questions that are asked for every message. Made once per bundle. */
import type { Active, StatusListItem, TrustBundle, TrustedIssuer } from "@assay/trust"
import { listOf, type StatusList } from "../status/list.ts"
import { outOfScope } from "../vc/scope.ts"
import type { Terms } from "../vc/terms.ts"

export interface ListView {
  readonly item: StatusListItem
  /** Null where the list cannot be read. */
  readonly list: StatusList | null
}

/** What the bundle says of an issuer and the terms it signed. */
export type Standing =
  | { readonly kind: "in-scope" }
  | { readonly kind: "untrusted" }
  | { readonly kind: "out-of-scope"; readonly offence: string }

export interface BundleView {
  readonly hash: string
  readonly expires: number
  issuer(did: string): TrustedIssuer | undefined
  /** Remembered by the terms' identity, so a fleet asks once per product. */
  standingOf(terms: Terms): Standing
  list(purpose: StatusListItem["purpose"], id: string): ListView | undefined
}

const IN_SCOPE: Standing = { kind: "in-scope" }
const UNTRUSTED: Standing = { kind: "untrusted" }
const views = new WeakMap<Active<TrustBundle>, BundleView>()

/** The one view of an active bundle; the same object for the same bundle. The first call inflates the status lists. */
export const viewOf = (active: Active<TrustBundle>): BundleView => {
  let view = views.get(active)
  if (view === undefined) {
    view = makeView(active)
    views.set(active, view)
  }
  return view
}

const makeView = ({ hash, expires, body }: Active<TrustBundle>): BundleView => {
  const issuers = new Map(body.issuers.map((issuer) => [issuer.did, issuer]))
  const lists = {
    revocation: new Map<string, ListView>(),
    suspension: new Map<string, ListView>(),
  }
  for (const item of body.statusLists) lists[item.purpose].set(item.id, { item, list: listOf(item) })
  const standings = new WeakMap<Terms, Standing>()
  const weigh = (terms: Terms): Standing => {
    const issuer = issuers.get(terms.issuer)
    if (issuer === undefined) return UNTRUSTED
    const offence = outOfScope(issuer, terms)
    return offence === null ? IN_SCOPE : { kind: "out-of-scope", offence }
  }
  return {
    hash,
    expires,
    issuer: (did) => issuers.get(did),
    standingOf: (terms) => {
      let standing = standings.get(terms)
      if (standing === undefined) {
        standing = weigh(terms)
        standings.set(terms, standing)
      }
      return standing
    },
    list: (purpose, id) => lists[purpose].get(id),
  }
}
