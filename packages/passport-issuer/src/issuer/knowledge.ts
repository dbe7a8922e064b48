/** The newest bodies of knowledge that came into force, as far as passports follow from them. */
import { KINDS, kindOf } from "@assay/knowledge"
import type { Slice } from "@assay/passport"
import type { KnowledgeItem } from "@assay/schemas"
import type { Active, RootSet, SegmentationPolicy, TrustBundle } from "@assay/trust"

const FOLLOWED = ["bundle", "policy", "passport-policy"]

export class InForce {
  readonly #items = new Map<string, Active<unknown>>()
  /** As they were signed, by zone. */
  readonly #policies = new Map<string, Uint8Array>()
  #roots: RootSet

  /** @param roots the pinned ones; bundles lead on from there */
  constructor(roots: RootSet) {
    this.#roots = roots
  }

  /** A record of knowledge.items. Signatures are checked again: what stands in a stream is nobody's word. */
  take({ kind: name, body, hash }: KnowledgeItem): void {
    const kind = FOLLOWED.includes(name) ? kindOf(KINDS, name) : null
    if (kind === null) return
    const opened = kind.open(body, { roots: this.#roots, bundle: null })
    if ("reasons" in opened) return
    const key = `${name}/${opened.subject}`
    if (opened.version <= (this.#items.get(key)?.version ?? -1)) return
    this.#items.set(key, { hash, version: opened.version, expires: kind.expiresAt(opened.body), body: opened.body })
    // A copy: a record lies in the memory of its batch.
    if (name === "passport-policy") this.#policies.set(opened.subject, Uint8Array.from(body))
    if (name === "bundle") this.#roots = opened.nextRoots ?? this.#roots
  }

  get bundle(): Active<TrustBundle> | null {
    return (this.#items.get("bundle/") as Active<TrustBundle> | undefined) ?? null
  }

  get policy(): Active<SegmentationPolicy> | null {
    return (this.#items.get("policy/") as Active<SegmentationPolicy> | undefined) ?? null
  }

  slice(zone: string): Active<Slice> | null {
    return (this.#items.get(`passport-policy/${zone}`) as Active<Slice> | undefined) ?? null
  }

  /** The signed passport policy of a zone, which devices open themselves; null where there is none. */
  policyOf(zone: string): Uint8Array | null {
    return this.#policies.get(zone) ?? null
  }
}
