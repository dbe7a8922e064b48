/** The segmentation policy in force, from what came into force in the log. */
import { BUNDLE, KnowledgeInForce, POLICY } from "@assay/knowledge"
import type { KnowledgeItem } from "@assay/schemas"
import type { RootSet, SegmentationPolicy } from "@assay/trust"

export class PolicyInForce {
  readonly #knowledge: KnowledgeInForce

  /** @param roots the pinned ones */
  constructor(roots: RootSet) {
    this.#knowledge = new KnowledgeInForce(roots, [BUNDLE, POLICY])
  }

  get policy(): SegmentationPolicy | null {
    return this.#knowledge.get(POLICY)?.body ?? null
  }

  /** A record of `knowledge.items`. @returns whether another policy is in force */
  take(item: KnowledgeItem): boolean {
    return this.#knowledge.take(item) !== null && item.kind === POLICY.name
  }
}
