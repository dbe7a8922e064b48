/** A bundle that the roots sign, in force at a deployment whose alerts are caused. */
import { publishKnowledge } from "@assay/engine"
import { BUNDLE, signBundle } from "@assay/knowledge"
import type { TrustBundle } from "@assay/trust"
import { nowSeconds } from "../now.ts"
import type { AlertSite } from "./site.ts"

const DAY_MS = 86_400_000

/**
 * A bundle of a higher version.
 * @param days until it ends
 * @param more what it says beside what the world's own does
 * @param listLeftMs for how long its list is good from now on; as long as the bundle, where left out
 * @returns it, unsigned
 */
export const activateBundle = async (
  { world, log }: AlertSite,
  days: number,
  more: Partial<TrustBundle> = {},
  listLeftMs = days * DAY_MS,
): Promise<TrustBundle> => {
  const now = Date.now()
  const [list] = world.bundle.statusLists
  const bundle = {
    ...world.bundle,
    version: nowSeconds(),
    expires: now + days * DAY_MS,
    statusLists: [{ ...list!, maxAgeMs: now - list!.issued + listLeftMs }],
    ...more,
  }
  await publishKnowledge(log, BUNDLE.name, signBundle(bundle, world.roots.slice(-2)))
  return bundle
}
