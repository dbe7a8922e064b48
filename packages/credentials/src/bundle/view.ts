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
  registriesIn,
  type StatusList,
  type StatusPurpose,
  statusListSubject,
  statusListUntil,
  type TrustBundle,
  type TrustedIssuer,
} from "@assay/trust"
import { type RegisteredIssuers, registeredIssuers } from "../registry/issuers.ts"
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
  /** It counts because a registry says so, until then (milliseconds since 1970). */
  | { readonly kind: "registered"; readonly until: number; readonly registry: string; readonly hash: string }
  /** One registry says that it does, and another that it does not. */
  | { readonly kind: "conflict"; readonly offence: string }

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
  /** The bundle, and the answers of registries, that say which issuers count: where it is the same, the same ones do. */
  readonly issuersBy: string
  readonly expires: number
  issuer(did: string): TrustedIssuer | undefined
  /** Remembered by the terms' identity, so a fleet asks once per product. */
  weigh(terms: Terms): Weighed
}

type Lists = ReadonlyArray<Active<PublishedStatusList>>
type Registries = ReturnType<typeof registriesIn>

const NO_ITEMS: Knowledge["items"] = new Map()
const NO_LISTS: Lists = []
const NO_REGISTRIES: Registries = []
const IN_SCOPE: Standing = { kind: "in-scope" }
const UNTRUSTED: Standing = { kind: "untrusted" }

/** Views of one bundle: under the items that were asked for, and the newest, which other items beside the same lists share. */
interface Views {
  readonly byItems: WeakMap<Knowledge["items"], BundleView>
  newest: { readonly lists: Lists; readonly registries: Registries; readonly view: BundleView } | null
}
const known = new WeakMap<Active<TrustBundle>, Views>()

const isSame = (a: Lists, b: Lists): boolean => a.length === b.length && a.every((list, i) => list === b[i])

const areSame = (a: Registries, b: Registries): boolean =>
  a.length === b.length && a.every(([, item], i) => item === b[i]![1])

/**
 * The one view of an active bundle, and of the status lists and the answers of registries among the items in force; the same object for as long as both stay. The
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
    const { registries: named = [] } = active.body
    const registries = named.length === 0 ? NO_REGISTRIES : registriesIn({ items }, named)
    const { newest } = views
    if (newest === null || !isSame(newest.lists, lists) || !areSame(newest.registries, registries))
      views.newest = { lists, registries, view: makeView(active, lists, registries) }
    view = views.newest!.view
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

/** What the registries let an issuer count for, that the bundle itself does not name; of several the one that lasts longest. */
const registeredAs = ({ by, conflicts }: RegisteredIssuers, terms: Terms): Standing => {
  const found = by.get(terms.issuer) ?? []
  if (found.length === 0) return UNTRUSTED
  for (const type of terms.types) {
    const denied = conflicts.get(`${terms.issuer} ${type}`)
    if (denied !== undefined)
      return {
        kind: "conflict",
        offence: `${found[0]!.registry} lets ${terms.issuer} issue ${type}, and ${denied} does not`,
      }
  }
  let best: Standing | null = null
  let offence = ""
  for (const { issuer, expires, registry, hash } of found) {
    const outside = outOfScope(issuer, terms)
    if (outside !== null) offence = `${outside} (by ${registry})`
    else if (best === null || (best.kind === "registered" && best.until < expires))
      best = { kind: "registered", until: expires, registry, hash }
  }
  return best ?? { kind: "out-of-scope", offence }
}

const makeView = ({ hash, expires, body }: Active<TrustBundle>, lists: Lists, registries: Registries): BundleView => {
  const registered = registeredIssuers(registries)
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
    if (issuer === undefined) return registeredAs(registered, terms)
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
    issuersBy: [hash, ...registered.hashes].join(" "),
    issuer: (did) => issuers.get(did) ?? registered.by.get(did)?.[0]?.issuer,
    weigh: (terms) => {
      let found = weighed.get(terms)
      if (found === undefined) {
        const chosen = terms.status.map((ref) => listFor(terms.issuer, ref))
        const standing = standingOf(terms)
        const hashes = [
          ...chosen.flatMap((list) => (list !== undefined && "hash" in list ? [list.hash] : [])),
          ...(standing.kind === "registered" ? [standing.hash] : []),
        ]
        const ground = hashes.length === 0 ? view : { cited: [hash, ...new Set(hashes)] }
        found = { standing, lists: chosen, ground }
        weighed.set(terms, found)
      }
      return found
    },
  }
  return view
}
