/** The value moves more from sample to sample than it ever did: the mean of the latest steps, against all such means. */
import { f32 } from "@assay/layout"
import { detector } from "../detector.ts"
import { beyond, learnTail, type Tail } from "../tail.ts"

const tail: Tail = { threshold: 0, excess: 0 }

export const variation = detector({
  name: "variation",
  reason: "anomaly.variation",
  family: "value",
  gain: 0.3,
  needs: "readings",
  kinds: ["gauge", "coarse"],
  fields: {
    /** Threshold and mean excess (see tail.ts). */
    jitterThreshold: f32(),
    jitterExcess: f32(),
  },
  observe: (of, { known, samples }) =>
    known * beyond(of.jitter - of.noise, of.jitterThreshold, of.jitterExcess, samples),
  learn(of, { samples }) {
    tail.threshold = of.jitterThreshold
    tail.excess = of.jitterExcess
    learnTail(tail, Math.max(0, of.jitter - of.noise), samples)
    of.jitterThreshold = tail.threshold
    of.jitterExcess = tail.excess
  },
})
