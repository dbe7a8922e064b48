/** A value that never changed has changed: reported once, for from then on it is of another kind. */
import { detector } from "../detector.ts"

export const constantMoved = detector({
  name: "constant-moved",
  reason: "anomaly.constant_moved",
  family: "value",
  gain: 0.3,
  needs: "readings",
  kinds: ["constant"],
  fields: {},
  isCertain: true,
  observe: (_, { step }) => (step === 0 ? 0 : Number.POSITIVE_INFINITY),
})
