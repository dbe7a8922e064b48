/** A value outside of the range that the profile declares alarms from the first one on, whatever was learned. No kind runs it. */
import { detector } from "../detector.ts"

export const outsideDeclared = detector({
  name: "outside-declared",
  reason: "anomaly.outside_declared",
  family: "value",
  gain: 0.45,
  needs: "readings",
  kinds: [],
  fields: {},
  alarmsOutside: true,
  observe: () => 0,
})
