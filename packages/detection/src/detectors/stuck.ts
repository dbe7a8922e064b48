/**
 * One value repeated for longer than this measurement ever did: a run-length test, as "flat line" in the quality control
 * of sensor data (QARTOD, IOOS 2020). Length in repeats.
 */
import { u16 } from "@assay/layout"
import { RUN_MAX } from "../baseline.ts"
import type { DetectionConfig } from "../config.ts"
import { detector } from "./detector.ts"

/** How many repeats are too many. */
const limitOf = (longest: number, config: DetectionConfig): number =>
  Math.min(RUN_MAX, Math.max(config.stuckRun, 2 * longest + 4))

export const stuck = detector({
  name: "stuck",
  reason: "anomaly.stuck",
  family: "variation",
  gain: 0.45,
  needs: "readings",
  fields: {
    /** The longest run learned, at most RUN_MAX. */
    longestRun: u16(),
  },
  observe(of, { ended, learn }, config) {
    const { longestRun } = of
    // A run is learned when it ends within the limit, so that no run can excuse itself.
    if (learn && ended > longestRun && ended < limitOf(longestRun, config)) of.longestRun = ended
    // A value that never changed has no step, and may stay as it is.
    return of.scale > 0 && of.run >= limitOf(of.longestRun, config)
  },
})
