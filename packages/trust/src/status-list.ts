/** Status lists that issuers publish by themselves: knowledge of the kind `status-list`, signed by the issuer and by nobody of ours. */
import type { Active, Knowledge, TrustBundle, TrustedIssuer } from "./knowledge.ts"
import { kindOfItem } from "./knowledge.ts"
import { authorizes, registriesIn } from "./registry.ts"

export const STATUS_LIST_KIND = "status-list"

/**
 * What an entry of a list says. `revocation` and `suspension`: one bit of a Bitstring Status List (W3C). `token`: a value of a
 * Token Status List, which says itself whether it is the one or the other.
 */
export type StatusPurpose = "revocation" | "suspension" | "token"

/** The entries of a list, in memory. */
export interface StatusList {
  readonly bits: Uint8Array
  /** Number of entries. */
  readonly length: number
  /** Bits of an entry. */
  readonly size: 1 | 2 | 4 | 8
  /** Which bits of a byte its first entry has: the most significant (W3C), or the least (IETF). */
  readonly order: "most" | "least"
}

/** A list as its issuer signed it. Times in milliseconds since 1970. */
export interface PublishedStatusList {
  /** The DID whose key signed it. */
  readonly issuer: string
  /** The URI that credentials name. */
  readonly id: string
  readonly purposes: ReadonlyArray<StatusPurpose>
  /** When it was signed; a later one takes its place. */
  readonly issued: number
  /** From then on it says nothing of who is not on it; never more than MAX_STATUS_LIST_AGE_MS after it was signed. */
  readonly expires: number
  /** How long it may be kept before it is fetched again, milliseconds; null where it does not say. */
  readonly ttlMs: number | null
  /** The one name of the key that signed it, where the issuer's keys stand in a document; absent where its DID is its key. */
  readonly signer?: string | undefined
  readonly list: StatusList
}

/** A list that names no end of its own ends then, and none ends later: 31 days. */
export const MAX_STATUS_LIST_AGE_MS = 31 * 86_400_000

/** The subject of an item: two issuers that name one URI have two lists. No DID has a space, and no URI. */
export const statusListSubject = (issuer: string, id: string): string => `${issuer} ${id}`

/** What says which lists an issuer may publish, and how long each counts. */
export type Publisher = Pick<TrustedIssuer, "status">

/**
 * By what an issuer may publish a list: as the bundle names it, or else as a registry of the bundle lets those publish whom it, or an
 * authority behind it, authorizes. Null where nothing lets it.
 */
export const publisherOf = (
  { issuers, registries = [] }: Pick<TrustBundle, "issuers" | "registries">,
  items: Knowledge["items"],
  did: string,
  id: string,
): Publisher | null => {
  const named = issuers.find((one) => one.did === did)
  if (named !== undefined) return publishes(named, id) ? named : null
  for (const [{ scope }, { body }] of registriesIn({ items }, registries))
    if (publishes(scope, id) && authorizes(body, did)) return scope
  return null
}

/** Whether the bundle lets the issuer publish a list of this URI by itself. */
export const publishes = ({ status }: Publisher, id: string): boolean =>
  (status?.lists ?? []).some((name) => (name.endsWith("*") ? id.startsWith(name.slice(0, -1)) : id === name))

/** Until when a list counts: by what its issuer says of it, and by what the bundle says of the issuer. Milliseconds since 1970. */
export const statusListUntil = (
  { issued, expires }: Pick<PublishedStatusList, "issued" | "expires">,
  { status }: Publisher,
): number => Math.min(expires, issued + (status?.maxAgeMs ?? 0))

/** The published lists among the items in force. */
export const publishedListsIn = ({ items }: Pick<Knowledge, "items">): ReadonlyArray<Active<PublishedStatusList>> => {
  const found: Array<Active<PublishedStatusList>> = []
  for (const [key, item] of items)
    if (kindOfItem(key) === STATUS_LIST_KIND) found.push(item as Active<PublishedStatusList>)
  return found
}
