/**
 * One value repeated for longer than this measurement ever did: a run-length test, as "flat line" in the quality control
 * of sensor data (QARTOD, IOOS 2020). Length in repeats. Only where repeats are rare and the value was seen to move both ways:
 * at a meter, a switch or a coarse scale rest is nothing.
 */
import { u8 } from "@assay/layout"
import { type Baseline, RUN_MAX } from "../baseline.ts"
import type { DetectionConfig } from "../config.ts"
import { detector } from "../detector.ts"
import { shareOfRepeats } from "../kinds/learn.ts"

/** Repeats are rare up to this share of the samples. */
const RARE = 0.25
/** A run as long as the limit comes about by chance less than once in so many e-folds of samples. */
const CHANCE = 20

/** How many repeats are too many; more than can be counted where repeats are not rare. */
const limitOf = (of: Baseline & { readonly longestRun: number }, config: DetectionConfig): number => {
  const share = shareOfRepeats(of)
  if (share > RARE || of.backs === 0) return RUN_MAX + 1
  return Math.min(RUN_MAX, Math.max(config.stuckRun, 2 * of.longestRun + 4, CHANCE / -Math.log(share)))
}

export const stuck = detector({
  name: "stuck",
  reason: "anomaly.stuck",
  family: "value",
  gain: 0.45,
  needs: "readings",
  kinds: ["gauge"],
  fields: {
    /** The longest run learned, at most RUN_MAX. */
    longestRun: u8(),
  },
  observe(of, { value, ended, learn }, config) {
    const { longestRun, run } = of
    // A run is learned when it ends, so that none excuses itself; half of it where it was too long.
    if (learn && ended > longestRun)
      of.longestRun = ended < limitOf(of, config) ? ended : longestRun + ((ended - longestRun) >> 1)
    // Nothing is a rest: no sun, no flow, no wind.
    if (value === 0) return 0
    return run >= config.stuckRun && run >= limitOf(of, config) ? Number.POSITIVE_INFINITY : 0
  },
})
