/** The newest bodies of knowledge that came into force, as far as passports follow from them. */
import { type Documents, documentsIn, NO_DOCUMENTS } from "@assay/credentials"
import {
  BUNDLE,
  KnowledgeInForce,
  PASSPORT_POLICY,
  POLICY,
  SIGNER_DOCUMENT,
  STATUS_LIST,
  TRUST_REGISTRY,
} from "@assay/knowledge"
import type { Slice } from "@assay/passport"
import type { KnowledgeItem } from "@assay/schemas"
import type { Active, Knowledge, RootSet, SegmentationPolicy, TrustBundle } from "@assay/trust"

export class InForce {
  readonly #items: KnowledgeInForce
  /** As they were signed, by zone. */
  readonly #policies = new Map<string, Uint8Array>()

  /** @param roots the pinned ones */
  constructor(roots: RootSet) {
    this.#items = new KnowledgeInForce(roots, [
      BUNDLE,
      POLICY,
      PASSPORT_POLICY,
      TRUST_REGISTRY,
      SIGNER_DOCUMENT,
      STATUS_LIST,
    ])
  }

  /** A record of knowledge.items. */
  take(item: KnowledgeItem): void {
    const opened = this.#items.take(item)
    // A copy: a record lies in the memory of its batch.
    if (opened !== null && item.kind === PASSPORT_POLICY.name)
      this.#policies.set(opened.subject, Uint8Array.from(item.body))
  }

  get bundle(): Active<TrustBundle> | null {
    return this.#items.get(BUNDLE)
  }

  /** All of them, for who asks for status lists. */
  get items(): Knowledge["items"] {
    return this.#items.items
  }

  /** Of issuers whose keys stand in them. */
  get documents(): Documents {
    return this.bundle === null ? NO_DOCUMENTS : documentsIn(this.bundle.body, this.items)
  }

  get policy(): Active<SegmentationPolicy> | null {
    return this.#items.get(POLICY)
  }

  slice(zone: string): Active<Slice> | null {
    return this.#items.get(PASSPORT_POLICY, zone)
  }

  /** The signed passport policy of a zone, which devices open themselves; null where there is none. */
  policyOf(zone: string): Uint8Array | null {
    return this.#policies.get(zone) ?? null
  }
}
