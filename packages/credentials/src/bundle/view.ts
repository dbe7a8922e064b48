/**
 * A bundle in force, and the status lists in force beside it, indexed for the questions that are asked for every message. Made once
 * for as long as both stay.
 */

import { createHash } from "node:crypto"
import { hasDocument } from "@assay/did-document"
import {
  type Active,
  itemKey,
  type Knowledge,
  kindOfItem,
  type PublishedStatusList,
  publishedListsIn,
  publisherOf,
  registriesIn,
  SIGNER_DOCUMENT_KIND,
  type StatusList,
  type StatusPurpose,
  statusListSubject,
  statusListUntil,
  type TrustBundle,
  type TrustedIssuer,
} from "@assay/trust"
import { type Documents, documentsIn, keyNamed, type SignerDocument } from "../issuer/documents.ts"
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
  /** The one name of the key that signed it, where its issuer's keys stand in a document. */
  readonly signer?: string
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

/** The key under which terms were signed, by the document of their issuer. Times in milliseconds since 1970. */
export type SignerStanding =
  /** No document of the issuer is in force. */
  | { readonly kind: "missing" }
  /** The document that is in force does not list the key, or lists it for something else. */
  | { readonly kind: "unlisted"; readonly hash: string }
  /** `ends`: the key itself, where the document says so; `expires`: the document, which nobody saw published since. */
  | { readonly kind: "listed"; readonly hash: string; readonly ends: number | null; readonly expires: number }

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
  /** Null where the issuer's DID is its key. */
  readonly signer: SignerStanding | null
  /** The bundle, and the lists that their issuer published. */
  readonly ground: Ground
}

export interface BundleView extends Ground {
  readonly hash: string
  /**
   * The bundle, the answers of registries and the documents of issuers, that say which issuers count, and by which keys: where it is
   * the same, the same ones do.
   */
  readonly issuersBy: string
  /** Of issuers and operators. */
  readonly documents: Documents
  readonly expires: number
  issuer(did: string): TrustedIssuer | undefined
  /** Remembered by the terms' identity, so a fleet asks once per product. */
  weigh(terms: Terms): Weighed
}

type Lists = ReadonlyArray<Active<PublishedStatusList>>
type Registries = ReturnType<typeof registriesIn>
type SignerItems = ReadonlyArray<Active<unknown>>

const NO_ITEMS: Knowledge["items"] = new Map()
const NO_LISTS: Lists = []
const NO_REGISTRIES: Registries = []
const NO_SIGNERS: SignerItems = []
const IN_SCOPE: Standing = { kind: "in-scope" }
const UNTRUSTED: Standing = { kind: "untrusted" }

/** Views of one bundle: under the items that were asked for, and the newest, which other items beside the same lists share. */
interface Views {
  readonly byItems: WeakMap<Knowledge["items"], BundleView>
  newest: {
    readonly lists: Lists
    readonly registries: Registries
    readonly signers: SignerItems
    readonly registered: RegisteredIssuers
    readonly view: BundleView
  } | null
}
const known = new WeakMap<Active<TrustBundle>, Views>()

const isSame = (a: SignerItems, b: SignerItems): boolean => a.length === b.length && a.every((list, i) => list === b[i])

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
    // Lists change every few seconds, and what registries answered does not.
    const registered =
      newest !== null && areSame(newest.registries, registries) ? newest.registered : registeredIssuers(registries)
    const signers = items === NO_ITEMS ? NO_SIGNERS : signersIn(items)
    const isOther = newest === null || newest.registered !== registered || !isSame(newest.signers, signers)
    if (isOther || !isSame(newest.lists, lists))
      views.newest = {
        lists,
        registries,
        signers,
        registered,
        view: makeView(active, lists, registered, items, signers),
      }
    view = views.newest!.view
    views.byItems.set(items, view)
  }
  return view
}

const itemsOf = (signers: SignerItems): Knowledge["items"] =>
  new Map(signers.map((item) => [itemKey(SIGNER_DOCUMENT_KIND, (item.body as SignerDocument).did), item]))

const signersIn = (items: Knowledge["items"]): SignerItems => {
  const found: Array<Active<unknown>> = []
  for (const [key, item] of items) if (kindOfItem(key) === SIGNER_DOCUMENT_KIND) found.push(item)
  return found
}

/** One name for all documents: it is hashed with each credential that is shown. */
const namedBy = (signers: SignerItems): ReadonlyArray<string> => {
  if (signers.length === 0) return []
  const all = createHash("sha256")
  for (const { hash } of signers) all.update(hash)
  return [all.digest("hex")]
}

/** A list that its issuer published, and the item that it lies in. */
interface Published extends ListView {
  readonly hash: string
}

const keyOf = (issuer: string, id: string, purpose: StatusPurpose): string =>
  `${purpose} ${statusListSubject(issuer, id)}`

/** Each by `keyOf`. What the bundle does not let its issuer publish is none. */
const publishedOf = (
  bundle: TrustBundle,
  items: Knowledge["items"],
  lists: Lists,
  documents: Documents,
): ReadonlyMap<string, Published> => {
  const found = new Map<string, Published>()
  for (const { hash, body } of lists) {
    const publisher = publisherOf(bundle, items, body.issuer, body.id)
    const ends = listEnds(body, documents)
    if (publisher === null || ends === null) continue
    const { id, issued, list } = body
    const signer = body.signer === undefined ? {} : { signer: body.signer }
    const view = { hash, id, issued, until: Math.min(ends, statusListUntil(body, publisher)), list, ...signer }
    for (const purpose of body.purposes) found.set(keyOf(body.issuer, id, purpose), view)
  }
  return found
}

/** Until when the key of a list counts; null where the issuer's document does not list it, or none is in force. */
const listEnds = ({ issuer, signer }: PublishedStatusList, documents: Documents): number | null => {
  if (!hasDocument(issuer)) return Number.POSITIVE_INFINITY
  const document = documents(issuer)
  const key = document === null || signer === undefined ? undefined : keyNamed(document, signer)
  return key === undefined ? null : (key.until ?? Number.POSITIVE_INFINITY)
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

const makeView = (
  { hash, expires, body }: Active<TrustBundle>,
  lists: Lists,
  registered: RegisteredIssuers,
  items: Knowledge["items"],
  signers: SignerItems,
): BundleView => {
  // Of these items alone: a view outlives other items that were in force beside it.
  const documents = documentsIn(body, itemsOf(signers))
  const issuers = new Map(body.issuers.map((issuer) => [issuer.did, issuer]))
  const carried = new Map<string, ListView>()
  for (const item of body.statusLists) {
    const { id, issued, maxAgeMs } = item
    carried.set(`${item.purpose} ${id}`, { id, issued, until: issued + maxAgeMs, list: listOf(item) })
  }
  const published = publishedOf(body, items, lists, documents)
  const weighed = new WeakMap<Terms, Weighed>()
  const cited = [hash]
  const standingOf = (terms: Terms): Standing => {
    const issuer = issuers.get(terms.issuer)
    if (issuer === undefined) return registeredAs(registered, terms)
    const offence = outOfScope(issuer, terms)
    return offence === null ? IN_SCOPE : { kind: "out-of-scope", offence }
  }
  const signerOf = ({ issuer, signer }: Terms): SignerStanding | null => {
    if (!hasDocument(issuer)) return null
    const document = documents(issuer)
    if (document === null) return { kind: "missing" }
    const { hash: of, expires: until } = document
    const key = signer === undefined ? undefined : keyNamed(document, signer)
    if (key === undefined) return { kind: "unlisted", hash: of }
    return { kind: "listed", hash: of, ends: key.until, expires: until }
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
    issuersBy: [hash, ...registered.hashes, ...namedBy(signers)].join(" "),
    documents,
    issuer: (did) => issuers.get(did) ?? registered.by.get(did)?.[0]?.issuer,
    weigh: (terms) => {
      let found = weighed.get(terms)
      if (found === undefined) {
        const chosen = terms.status.map((ref) => listFor(terms.issuer, ref))
        const standing = standingOf(terms)
        const signer = signerOf(terms)
        const hashes = [
          ...chosen.flatMap((list) => (list !== undefined && "hash" in list ? [list.hash] : [])),
          ...(standing.kind === "registered" ? [standing.hash] : []),
          ...(signer !== null && "hash" in signer ? [signer.hash] : []),
        ]
        const ground = hashes.length === 0 ? view : { cited: [hash, ...new Set(hashes)] }
        found = { standing, lists: chosen, signer, ground }
        weighed.set(terms, found)
      }
      return found
    },
  }
  return view
}
