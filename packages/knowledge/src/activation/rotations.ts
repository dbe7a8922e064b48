/**
 * How the roots came to be others than the pinned ones: the bundles that changed them, oldest first. They stay with the
 * track after they were superseded, because a restart starts at the pinned roots and must find the way again: each step
 * bears the signatures of the roots before it, and of those that it names.
 */
import type { RootSet, TrustBundle } from "@assay/trust"
import type { KnowledgeKind, OpenContext } from "../kind.ts"
import { openItem } from "../open.ts"
import { UntrustedKnowledge } from "./untrusted.ts"

/** Signed bundles that changed the roots, base64, oldest first. */
export type Rotations = ReadonlyArray<string>

/** Steps kept at most. `roots.json` must name roots that are no further back. */
const MAX_STEPS = 8
/** Bytes of the kept bundles together, so that the track stays one record; the last two steps always fit (`open.ts`). */
const MAX_BYTES = 2 << 20

const sizeOf = (steps: Rotations): number => steps.reduce((sum, step) => sum + Buffer.byteLength(step, "base64"), 0)

/** The steps with one more; the oldest go where there are too many. */
export const withRotation = (steps: Rotations, body: Uint8Array): Rotations => {
  const next = [...steps, Buffer.from(body).toString("base64")]
  while (next.length > MAX_STEPS || (next.length > 1 && sizeOf(next) > MAX_BYTES)) next.shift()
  return next
}

/** Whether two sets are the same roots with the same threshold, in any order. */
export const sameRoots = (a: RootSet, b: RootSet): boolean =>
  a.threshold === b.threshold && a.roots.length === b.roots.length && a.roots.every((root) => b.roots.includes(root))

export interface Walked {
  /** Every set from the pinned one on that a signature may be of, oldest first; the last is that of the last step. */
  readonly sets: ReadonlyArray<RootSet>
  /** The version of the last bundle on the way; 0 where there was none. */
  readonly version: number
}

/**
 * Follows the steps from the pinned roots. Steps before those lead nowhere, and are passed over: whoever pins newer roots
 * leaves the older ones behind.
 * @throws UntrustedKnowledge where a step after the first that holds does not follow from it
 */
export const walk = (kind: KnowledgeKind, steps: Rotations, pinned: RootSet): Walked => {
  const sets = [pinned]
  let version = 0
  for (const step of steps) {
    const context: OpenContext = { roots: sets.at(-1)!, bundle: null }
    const opened = openItem(kind, Buffer.from(step, "base64"), context)
    if ("reasons" in opened) {
      if (sets.length === 1) continue
      throw new UntrustedKnowledge(
        `a bundle that changed the roots does not follow from the one before it (${opened.detail}): restore the data directory from a backup`,
      )
    }
    const bundle = opened.active.body as TrustBundle
    if (bundle.version <= version)
      throw new UntrustedKnowledge(
        `the bundles that changed the roots stand in no order (version ${bundle.version} after ${version}): restore the data directory from a backup`,
      )
    version = bundle.version
    sets.push(opened.nextRoots)
  }
  return { sets, version }
}
