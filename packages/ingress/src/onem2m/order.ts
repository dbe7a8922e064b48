/** Content instances of one container that wait for their turn, in the order of their state tags. Pure. */
import type { InstanceMessage } from "./message.ts"
import type { Instance } from "./notification.ts"
import { readTimestamp } from "./timestamp.ts"

export interface Waiting {
  readonly instance: Instance
  readonly message: InstanceMessage
  /** Milliseconds, by the clock of the caller. */
  readonly since: number
  /** True when it is durable, false where it is left to the CSE. */
  readonly done: PromiseWithResolvers<boolean>
}

export const keyOf = (
  { resourceId }: Pick<Instance, "resourceId">,
  { digest }: Pick<InstanceMessage, "digest">,
): string => `${resourceId}\n${digest}`

/** By state tag; those without one first, in the order in which they came. */
export const byPlace = (one: Waiting, other: Waiting): number =>
  (one.instance.stateTag ?? -1) - (other.instance.stateTag ?? -1) || one.since - other.since

/** Whether it was made before a time; one whose time cannot be read counts as such. */
export const madeBefore = ({ createdAt }: Instance, until: number): boolean => !(readTimestamp(createdAt) >= until)

/**
 * What may go now, since nothing before it is missing.
 * @param sorted by `byPlace`
 * @param expected the greatest state tag that is done; null: none is, and the first of all is as good as any
 */
export const inOrder = (
  sorted: ReadonlyArray<Waiting>,
  expected: number | null,
  limit: number,
): ReadonlyArray<Waiting> => {
  let reached = expected
  const end = sorted.findIndex(({ instance: { stateTag } }) => {
    if (stateTag === null) return false
    if (reached !== null && stateTag > reached + 1) return true
    reached = Math.max(reached ?? 0, stateTag)
    return false
  })
  return sorted.slice(0, Math.min(limit, end < 0 ? sorted.length : end))
}
