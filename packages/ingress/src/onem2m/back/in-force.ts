/** The segmentation policy in force, from what came into force in the log. Signatures are checked again: a stream is nobody's word. */
import { BUNDLE, openItem, POLICY } from "@assay/knowledge"
import type { KnowledgeItem } from "@assay/schemas"
import type { RootSet, SegmentationPolicy } from "@assay/trust"

export class PolicyInForce {
  #roots: RootSet
  #bundle = 0
  #version = 0
  #policy: SegmentationPolicy | null = null

  /** @param roots the pinned ones; bundles lead on from there */
  constructor(roots: RootSet) {
    this.#roots = roots
  }

  get policy(): SegmentationPolicy | null {
    return this.#policy
  }

  /** A record of `knowledge.items`. @returns whether another policy is in force */
  take({ kind, body }: KnowledgeItem): boolean {
    if (kind !== BUNDLE.name && kind !== POLICY.name) return false
    const context = { roots: this.#roots, bundle: null }
    if (kind === BUNDLE.name) {
      const opened = openItem(BUNDLE, body, context)
      if (!("reasons" in opened) && opened.active.version > this.#bundle) {
        this.#bundle = opened.active.version
        this.#roots = opened.nextRoots
      }
      return false
    }
    const opened = openItem(POLICY, body, context)
    if ("reasons" in opened || opened.active.version <= this.#version) return false
    this.#version = opened.active.version
    this.#policy = opened.active.body
    return true
  }
}
