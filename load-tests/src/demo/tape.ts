/** A plan whose messages are signed once: two runs of it get the same bytes, also where signatures are random. */
import type { FleetPlan, Submission } from "@assay/fleet"

const taped = (source: () => Iterable<Submission>): (() => Iterable<Submission>) => {
  let tape: ReadonlyArray<Submission> | null = null
  return () => {
    tape ??= [...source()]
    return tape
  }
}

/** Holds all of it in memory. */
export const tapeOf = (plan: FleetPlan): FleetPlan => ({
  world: plan.world,
  enrolment: taped(() => plan.enrolment()),
  run: taped(() => plan.run()),
})
