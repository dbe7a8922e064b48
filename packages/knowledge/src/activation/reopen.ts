/**
 * Opens again, after a restart, what was in force before it. Nothing that the data directory says is believed: each body
 * must have the kept hash and the signatures of its authority. Where the roots have changed, the way from the pinned ones
 * to those in force is walked again (`rotations.ts`), and an item may bear the signatures of any roots on it: it may have
 * come into force before they changed.
 */
import type { Active, RootSet, TrustBundle } from "@assay/trust"
import { itemKey } from "@assay/trust"
import { hashOfBody } from "../bodies/hash.ts"
import { type KnowledgeKind, kindOf, type OpenContext } from "../kind.ts"
import { type OpenedItem, openItem } from "../open.ts"
import { inOpeningOrder } from "./order.ts"
import { type Rotations, sameRoots, walk, withRotation } from "./rotations.ts"
import { type Kept, type KeptItem, keptNameOf } from "./stored-track.ts"
import type { TrackParts } from "./track.ts"
import { UntrustedKnowledge } from "./untrusted.ts"

export interface Reopened {
  readonly items: ReadonlyMap<string, Active<unknown>>
  /** The roots that must sign what comes next. */
  readonly roots: RootSet
  readonly rotations: Rotations
}

const BUNDLE = "bundle"

/** @throws UntrustedKnowledge; Error where a body is damaged */
export const reopenAll = (parts: TrackParts, { items: kept, rotations: steps = [] }: Kept): Reopened => {
  const { roots: pinned } = parts
  const items = new Map<string, Active<unknown>>()
  const names = inOpeningOrder(Object.keys(kept))
  const bundleKind = kindOf(parts.kinds, BUNDLE)
  const way = bundleKind === null ? { sets: [pinned], version: 0 } : walk(bundleKind, steps, pinned)
  // Newest first: where an item bears the signatures of several, it is that of the newest.
  const sets = [...way.sets].reverse()
  let roots = sets[0]!
  let rotations = steps
  let bundle: Active<TrustBundle> | null = null
  for (const name of names) {
    const { kind: kindName, subject } = keptNameOf(name)
    const kind = kindOf(parts.kinds, kindName)
    const item = kept[name]!
    const { hash } = item
    if (kind === null)
      throw new UntrustedKnowledge(
        `a ${kindName} is in force (${hash}), and this version knows no such kind: run the version that activated it`,
      )
    // Roots that handed over have no say in the bundle any more. One that changes the roots bears those of both.
    const signers = kind.name === BUNDLE ? sets.slice(0, 1) : [roots, ...sets]
    const opened = reopen(
      parts,
      kind,
      item,
      subject,
      signers.map((each) => ({ roots: each, bundle, items })),
    )
    items.set(itemKey(kind.name, subject), opened.active)
    if (kind.name !== BUNDLE) continue
    bundle = opened.active as Active<TrustBundle>
    if (bundle.version < way.version)
      throw new UntrustedKnowledge(
        `the bundle in force (${hash}) is older than one that changed the roots: restore the data directory from a backup`,
      )
    if (!sameRoots(opened.nextRoots, roots)) {
      // Of a track that kept no steps yet.
      rotations = withRotation(steps, Buffer.from(item.body, "base64"))
      roots = opened.nextRoots
    }
  }
  return { items, roots, rotations }
}

const reopen = (
  { isHome }: TrackParts,
  kind: KnowledgeKind,
  { hash, body: encoded }: KeptItem,
  subject: string,
  contexts: ReadonlyArray<OpenContext>,
): OpenedItem => {
  const body = Buffer.from(encoded, "base64")
  if (hashOfBody(body) !== hash)
    throw new Error(`the body of the ${kind.name} in force (${hash}) is damaged: restore the state from a backup`)
  let detail = ""
  for (const context of contexts) {
    const opened = openItem(kind, body, context)
    if (!("reasons" in opened)) {
      if (opened.subject === subject && (kind.scope === "deployment" || isHome(subject))) return opened
      detail ||= `it is about ${JSON.stringify(opened.subject)}, and was kept for another`
    } else detail ||= opened.detail
  }
  throw new UntrustedKnowledge(
    `the ${kind.name} in force (${hash}) is not signed by the pinned roots, nor by roots that they handed over to (${detail}): name the roots file that it was signed under (pin newer roots only when everything in force bears their signatures), or restore the data directory from a backup`,
  )
}
