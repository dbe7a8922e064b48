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

/** All that the bundle says of some terms. */
export interface Weighed {
  readonly standing: Standing
  /** The lists of `terms.status`, in that order; undefined where the bundle carries none of that name. */
  readonly lists: ReadonlyArray<ListView | undefined>
}

export interface BundleView {
  readonly hash: string
  /** `[hash]`, shared, as verdicts cite it. */
  readonly cited: ReadonlyArray<string>
  readonly expires: number
  issuer(did: string): TrustedIssuer | undefined
  /** Remembered by the terms' identity, so a fleet asks once per product. */
  weigh(terms: Terms): Weighed
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
  const weighed = new WeakMap<Terms, Weighed>()
  const standingOf = (terms: Terms): Standing => {
    const issuer = issuers.get(terms.issuer)
    if (issuer === undefined) return UNTRUSTED
    const offence = outOfScope(issuer, terms)
    return offence === null ? IN_SCOPE : { kind: "out-of-scope", offence }
  }
  return {
    hash,
    cited: [hash],
    expires,
    issuer: (did) => issuers.get(did),
    weigh: (terms) => {
      let found = weighed.get(terms)
      if (found === undefined) {
        found = {
          standing: standingOf(terms),
          lists: terms.status.map(({ purpose, list }) => lists[purpose].get(list)),
        }
        weighed.set(terms, found)
      }
      return found
    },
  }
}
