/**
 * The documents of devices whose DID is no key, as far as passports follow from them: which keys sign, and until when. Each item is opened
 * again, with its method's own proof, as the items of other kinds are: what stands in a stream is nobody's word.
 */
import { isVouchedFor } from "@assay/credentials"
import type { PublicKey } from "@assay/did"
import type { DocumentKey } from "@assay/did-document"
import { DID_DOCUMENT_KIND, openItem } from "@assay/knowledge"
import type { KnowledgeItem } from "@assay/schemas"
import type { Active, RootSet, TrustBundle } from "@assay/trust"
import { thumbprintOf } from "../sign.ts"

interface Kept {
  readonly version: number
  readonly number: number
  readonly attesters: ReadonlyArray<string>
  /** Milliseconds since 1970: it counts no longer than that. */
  readonly expires: number
  /** None where the DID was deactivated. */
  readonly keys: ReadonlyArray<DocumentKey>
}

/** A key that counts now, and until when at most. */
export interface CountingKey {
  readonly key: PublicKey
  readonly ends: number
}

/** Beyond this many the devices get no passport: a bound of memory, some 500 bytes each. */
const MAX_DOCUMENTS = 1_000_000

export class DeviceDocuments {
  readonly #kept = new Map<string, Kept>()
  readonly #roots: RootSet

  /** @param roots the pinned ones */
  constructor(roots: RootSet) {
    this.#roots = roots
  }

  /** Whose document is kept. */
  get all(): Iterable<string> {
    return this.#kept.keys()
  }

  /**
   * A record of knowledge.items, of whichever kind.
   * @param bundle in force: it names who vouches
   * @returns the DID of which another document is in force now; null where none is
   */
  take(item: KnowledgeItem, bundle: Active<TrustBundle> | null): string | null {
    if (item.kind !== DID_DOCUMENT_KIND.name) return null
    const opened = openItem(DID_DOCUMENT_KIND, item.body, { roots: this.#roots, bundle })
    if ("reasons" in opened) return null
    const { version, expires, body } = opened.active
    const before = this.#kept.get(body.did)
    if (before === undefined ? this.#kept.size >= MAX_DOCUMENTS : version <= before.version) return null
    const { number, attesters, deactivated, keys } = body
    this.#kept.set(body.did, { version, number, attesters, expires, keys: deactivated ? [] : keys })
    return body.did
  }

  /** The keys by which a device speaks now. @param now milliseconds since 1970 */
  #counting(did: string, bundle: Active<TrustBundle> | null, now: number): ReadonlyArray<DocumentKey> {
    const kept = this.#kept.get(did)
    if (kept === undefined || bundle === null || kept.expires <= now || !isVouchedFor(kept, bundle.body)) return []
    return kept.keys.filter(({ assertion, until }) => assertion && (until ?? Number.POSITIVE_INFINITY) > now)
  }

  /** The key of this name; null where none counts now. */
  named(did: string, fragment: string, bundle: Active<TrustBundle> | null, now: number): CountingKey | null {
    const key = this.#counting(did, bundle, now).find((one) => one.fragment === fragment)
    if (key === undefined) return null
    return { key, ends: Math.min(key.until ?? Number.POSITIVE_INFINITY, this.#kept.get(did)!.expires) }
  }

  /** The key with this thumbprint; null where none counts now. */
  withThumbprint(did: string, jkt: string, bundle: Active<TrustBundle> | null, now: number): PublicKey | null {
    return this.#counting(did, bundle, now).find((key) => thumbprintOf(key) === jkt) ?? null
  }
}
