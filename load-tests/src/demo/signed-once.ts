/** A plan whose messages are signed once: two runs of it get the same bytes, also where signatures are random. */
import type { FleetPlan, Submission } from "@assay/fleet"

const remembered = (source: () => Iterable<Submission>): (() => Iterable<Submission>) => {
  let kept: ReadonlyArray<Submission> | null = null
  return () => {
    kept ??= [...source()]
    return kept
  }
}

/** Holds all of it in memory. */
export const signedOnce = (plan: FleetPlan): FleetPlan => ({
  world: plan.world,
  enrolment: remembered(() => plan.enrolment()),
  run: remembered(() => plan.run()),
})
