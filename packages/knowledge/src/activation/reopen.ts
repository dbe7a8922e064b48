/**
 * Opens again, after a restart, what was in force before it. Nothing that the data directory says is believed: each body
 * must have the kept hash and the signatures of its authority. Where the roots have rotated, an item may still bear those
 * of the pinned roots, or already those that the bundle in force names.
 */
import type { Active, RootSet, TrustBundle } from "@assay/trust"
import { itemKey } from "@assay/trust"
import { hashOfBody } from "../bodies/hash.ts"
import { type KnowledgeKind, kindOf, type OpenContext } from "../kind.ts"
import { type OpenedItem, openItem } from "../open.ts"
import { type KeptItem, keptNameOf } from "./stored-track.ts"
import type { TrackParts } from "./track.ts"

/** An item in force is not what the pinned roots allow. A person must look: nothing can be judged under it. */
export class UntrustedKnowledge extends Error {
  override name = "UntrustedKnowledge"
}

export interface Reopened {
  readonly items: ReadonlyMap<string, Active<unknown>>
  /** The roots that must sign what comes next. */
  readonly roots: RootSet
}

const BUNDLE = "bundle"

/** @throws UntrustedKnowledge; Error where a body is damaged */
export const reopenAll = (parts: TrackParts, kept: Readonly<Record<string, KeptItem>>): Reopened => {
  const { roots: pinned } = parts
  const items = new Map<string, Active<unknown>>()
  // The bundle comes first: it names the roots and the keys that others were signed by.
  const names = Object.keys(kept).sort(
    (a, b) => Number(keptNameOf(b).kind === BUNDLE) - Number(keptNameOf(a).kind === BUNDLE),
  )
  let roots = pinned
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
    const signers = kind.name === BUNDLE || roots === pinned ? [pinned] : [roots, pinned]
    const opened = reopen(
      parts,
      kind,
      item,
      subject,
      signers.map((each) => ({ roots: each, bundle })),
    )
    items.set(itemKey(kind.name, subject), opened.active)
    if (kind.name !== BUNDLE) continue
    bundle = opened.active as Active<TrustBundle>
    roots = opened.nextRoots
  }
  return { items, roots }
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
    `the ${kind.name} in force (${hash}) is not signed by the pinned roots (${detail}): name the right roots file, or restore the data directory from a backup`,
  )
}
