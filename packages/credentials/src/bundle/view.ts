/**
 * A bundle in force, and the status lists in force beside it, indexed for the questions that are asked for every message. Made once
 * for as long as both stay.
 */
import {
  type Active,
  type Knowledge,
  type PublishedStatusList,
  publishedListsIn,
  publishes,
  type StatusList,
  type StatusPurpose,
  statusListSubject,
  statusListUntil,
  type TrustBundle,
  type TrustedIssuer,
} from "@assay/trust"
import { listOf } from "../status/list.ts"
import { outOfScope } from "../vc/scope.ts"
import type { StatusRef, Terms } from "../vc/terms.ts"

export interface ListView {
  readonly id: string
  /** When its issuer signed it, and until when it counts; milliseconds since 1970. */
  readonly issued: number
  readonly until: number
  /** Null where the list cannot be read. */
  readonly list: StatusList | null
}

/** What the bundle says of an issuer and the terms it signed. */
export type Standing =
  | { readonly kind: "in-scope" }
  | { readonly kind: "untrusted" }
  | { readonly kind: "out-of-scope"; readonly offence: string }

/** What a verdict rests on. */
export interface Ground {
  /** Hashes of items, as verdicts cite them; the same array for as long as they stay. */
  readonly cited: ReadonlyArray<string>
}

/** All that is known of some terms. */
export interface Weighed {
  readonly standing: Standing
  /** The lists of `terms.status`, in that order; undefined where none of that name is in force. */
  readonly lists: ReadonlyArray<ListView | undefined>
  /** The bundle, and the lists that their issuer published. */
  readonly ground: Ground
}

export interface BundleView extends Ground {
  readonly hash: string
  readonly expires: number
  issuer(did: string): TrustedIssuer | undefined
  /** Remembered by the terms' identity, so a fleet asks once per product. */
  weigh(terms: Terms): Weighed
}

type Lists = ReadonlyArray<Active<PublishedStatusList>>

const NO_ITEMS: Knowledge["items"] = new Map()
const NO_LISTS: Lists = []
const IN_SCOPE: Standing = { kind: "in-scope" }
const UNTRUSTED: Standing = { kind: "untrusted" }

/** Views of one bundle: under the items that were asked for, and the newest, which other items beside the same lists share. */
interface Views {
  readonly byItems: WeakMap<Knowledge["items"], BundleView>
  newest: { readonly lists: Lists; readonly view: BundleView } | null
}
const known = new WeakMap<Active<TrustBundle>, Views>()

const isSame = (a: Lists, b: Lists): boolean => a.length === b.length && a.every((list, i) => list === b[i])

/**
 * The one view of an active bundle, and of the status lists among the items in force; the same object for as long as both stay. The
 * first call for a bundle inflates its status lists.
 * @param items in force; none where it is left out, and then only what the bundle carries counts
 */
export const viewOf = (active: Active<TrustBundle>, items: Knowledge["items"] = NO_ITEMS): BundleView => {
  let views = known.get(active)
  if (views === undefined) {
    views = { byItems: new WeakMap(), newest: null }
    known.set(active, views)
  }
  let view = views.byItems.get(items)
  if (view === undefined) {
    const lists = items === NO_ITEMS ? NO_LISTS : publishedListsIn({ items })
    if (views.newest === null || !isSame(views.newest.lists, lists))
      views.newest = { lists, view: makeView(active, lists) }
    view = views.newest.view
    views.byItems.set(items, view)
  }
  return view
}

/** A list that its issuer published, and the item that it lies in. */
interface Published extends ListView {
  readonly hash: string
}

const keyOf = (issuer: string, id: string, purpose: StatusPurpose): string =>
  `${purpose} ${statusListSubject(issuer, id)}`

/** Each by `keyOf`. What the bundle does not let its issuer publish is none. */
const publishedOf = (issuers: ReadonlyMap<string, TrustedIssuer>, lists: Lists): ReadonlyMap<string, Published> => {
  const found = new Map<string, Published>()
  for (const { hash, body } of lists) {
    const issuer = issuers.get(body.issuer)
    if (issuer === undefined || !publishes(issuer, body.id)) continue
    const { id, issued, list } = body
    const view = { hash, id, issued, until: statusListUntil(body, issuer), list }
    for (const purpose of body.purposes) found.set(keyOf(body.issuer, id, purpose), view)
  }
  return found
}

const makeView = ({ hash, expires, body }: Active<TrustBundle>, lists: Lists): BundleView => {
  const issuers = new Map(body.issuers.map((issuer) => [issuer.did, issuer]))
  const carried = new Map<string, ListView>()
  for (const item of body.statusLists) {
    const { id, issued, maxAgeMs } = item
    carried.set(`${item.purpose} ${id}`, { id, issued, until: issued + maxAgeMs, list: listOf(item) })
  }
  const published = publishedOf(issuers, lists)
  const weighed = new WeakMap<Terms, Weighed>()
  const cited = [hash]
  const standingOf = (terms: Terms): Standing => {
    const issuer = issuers.get(terms.issuer)
    if (issuer === undefined) return UNTRUSTED
    const offence = outOfScope(issuer, terms)
    return offence === null ? IN_SCOPE : { kind: "out-of-scope", offence }
  }
  /** Of both the one that was signed later: a bundle that still carries an old one takes nothing back. */
  const listFor = (issuer: string, { list, purpose }: StatusRef): ListView | Published | undefined => {
    const own = published.get(keyOf(issuer, list, purpose))
    const inBundle = carried.get(`${purpose} ${list}`)
    return own !== undefined && (inBundle === undefined || own.issued > inBundle.issued) ? own : inBundle
  }
  const view: BundleView = {
    hash,
    cited,
    expires,
    issuer: (did) => issuers.get(did),
    weigh: (terms) => {
      let found = weighed.get(terms)
      if (found === undefined) {
        const chosen = terms.status.map((ref) => listFor(terms.issuer, ref))
        const hashes = chosen.flatMap((list) => (list !== undefined && "hash" in list ? [list.hash] : []))
        const ground = hashes.length === 0 ? view : { cited: [hash, ...new Set(hashes)] }
        found = { standing: standingOf(terms), lists: chosen, ground }
        weighed.set(terms, found)
      }
      return found
    },
  }
  return view
}
