/** The quick mean has moved away from the slow one: two EWMAs (Roberts 1959) compared, in typical steps. */
import { detector } from "./detector.ts"

export const levelShift = detector({
  name: "level-shift",
  reason: "anomaly.level_shift",
  family: "value",
  gain: 0.45,
  needs: "readings",
  fields: {},
  observe: (of, { unit }, config) => Math.abs(of.short - of.level) > config.shiftSteps * unit,
})
