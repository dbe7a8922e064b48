/** Opens signed bytes as an item of a kind: bounds first, then the kind's own checks. */
import type { Active, RootSet } from "@assay/trust"
import { hashOfBody } from "./bodies/hash.ts"
import { type KnowledgeKind, MAX_PROJECTION, type OpenContext, type Refused } from "./kind.ts"
import { type OpenLimits, outOfOrder } from "./version-and-expiry.ts"

export interface OpenedItem<Body = unknown> {
  readonly active: Active<Body>
  readonly subject: string
  readonly projection: Uint8Array | null
  /** The roots that must sign what comes next: those of the context, unless the item changes them. */
  readonly nextRoots: RootSet
}

/**
 * Pure. Costs at most one signature check per root and the reading of the body.
 * @throws RangeError where the kind's own projection is too large: a mistake in the kind
 */
export const openItem = <Body>(
  kind: KnowledgeKind<Body>,
  bytes: Uint8Array,
  context: OpenContext,
  limits?: OpenLimits,
): OpenedItem<Body> | Refused => {
  if (bytes.length > kind.maximum.bytes)
    return {
      reasons: ["control.knowledge_malformed"],
      detail: `${kind.title} is larger than ${kind.maximum.bytes} bytes`,
    }
  const opened = kind.open(bytes, context)
  if ("reasons" in opened) return opened
  const { version, body, subject } = opened
  const projection = kind.project(body)
  if (projection !== null && projection.length > MAX_PROJECTION)
    throw new RangeError(`the projection of ${kind.name} has ${projection.length} bytes, more than ${MAX_PROJECTION}`)
  const active = { hash: hashOfBody(bytes), version, expires: kind.expiresAt(body), body }
  const late = limits === undefined ? null : outOfOrder(active, limits)
  if (late !== null) return late
  return {
    active,
    subject,
    projection,
    nextRoots: opened.nextRoots ?? context.roots,
  }
}
