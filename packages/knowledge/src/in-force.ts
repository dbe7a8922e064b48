/** What is in force of some kinds, as a reader of `knowledge.items` finds it: of each subject the newest item that its authority signed. */
import { type Active, itemKey, type Knowledge, type RootSet } from "@assay/trust"
import type { KnowledgeKind } from "./kind.ts"
import { BUNDLE } from "./kinds/bundle/kind.ts"
import { type OpenedItem, openItem } from "./open.ts"

export class KnowledgeInForce {
  readonly #kinds: ReadonlyArray<KnowledgeKind>
  /** By kind, then by subject. */
  readonly #items = new Map<string, Map<string, Active<unknown>>>()
  #roots: RootSet
  #map: Knowledge["items"] | null = null

  /**
   * @param roots the pinned ones; bundles lead on from there, where they are followed
   * @param kinds those that are followed: such as the roots sign; where the bundle is among them, also such as its keys sign. What a
   *   later bundle takes out of force stays here: whoever reads such a kind asks the bundle again
   */
  constructor(roots: RootSet, kinds: ReadonlyArray<KnowledgeKind>) {
    this.#roots = roots
    this.#kinds = kinds
  }

  /**
   * A record of `knowledge.items`. Signatures are checked again: what stands in a stream is nobody's word.
   * @returns what came into force by it; null: nothing
   */
  take({ kind: name, body }: { readonly kind: string; readonly body: Uint8Array }): OpenedItem | null {
    const kind = this.#kinds.find((one) => one.name === name)
    if (kind === undefined) return null
    const bundle = name === BUNDLE.name ? null : this.get(BUNDLE)
    const opened = openItem(kind, body, { roots: this.#roots, bundle, items: this.items })
    if ("reasons" in opened) return null
    const bySubject = this.#items.get(name) ?? new Map<string, Active<unknown>>()
    if (opened.active.version <= (bySubject.get(opened.subject)?.version ?? -1)) return null
    this.#items.set(name, bySubject.set(opened.subject, opened.active))
    this.#roots = opened.nextRoots
    this.#map = null
    return opened
  }

  /** The item of a kind and subject; null where there is none. It may have expired. */
  get<Body>({ name }: KnowledgeKind<Body>, subject = ""): Active<Body> | null {
    return (this.#items.get(name)?.get(subject) as Active<Body> | undefined) ?? null
  }

  /** All items of a kind. They may have expired. */
  all<Body>({ name }: KnowledgeKind<Body>): ReadonlyArray<Active<Body>> {
    return [...(this.#items.get(name)?.values() ?? [])] as ReadonlyArray<Active<Body>>
  }

  /** All of them, as judges have them among `Knowledge.items`. The same map until another one of the kinds comes into force. */
  get items(): Knowledge["items"] {
    this.#map ??= new Map(
      [...this.#items].flatMap(([kind, items]) => [...items].map(([subject, item]) => [itemKey(kind, subject), item])),
    )
    return this.#map
  }
}
