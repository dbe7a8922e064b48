/** The value moves more from sample to sample than it ever did: the mean of the latest steps, against all such means. */
import { f32 } from "@assay/layout"
import type { Baseline } from "../baseline.ts"
import { detector } from "../detector.ts"
import { beyond, learnTail, type Tail } from "../tail.ts"

/** The least unit, in mean steps, once so many samples are known: means of few steps differ by as much, however calm the past was. */
const LEAST = 0.2
const KNOWN = 1000

const tail: Tail = { threshold: 0, excess: 0 }

/**
 * How far the mean of the latest steps exceeds the usual one. On a coarse scale the usual one is that of the samples that moved, and
 * says nothing of how often they do: there it is the mean itself.
 */
const moreThanUsual = ({ kind, jitter, noise }: Pick<Baseline, "kind" | "jitter" | "noise">): number =>
  Math.max(0, kind === "coarse" ? jitter : jitter - noise)

export const variation = detector({
  name: "variation",
  reason: "anomaly.variation",
  family: "value",
  gain: 0.3,
  needs: "readings",
  judgesCourse: true,
  kinds: ["gauge", "coarse"],
  fields: {
    /** Threshold and mean excess (see tail.ts). */
    jitterThreshold: f32(),
    jitterExcess: f32(),
  },
  observe: (of, { known, samples }) => {
    const { jitterThreshold, jitterExcess } = of
    // Where nothing exceeded the usual yet, there is no unit.
    const least = jitterExcess === 0 ? 0 : LEAST * of.noise * Math.min(1, samples / KNOWN)
    return known * beyond(moreThanUsual(of), jitterThreshold, Math.max(jitterExcess, least), samples)
  },
  learn(of, { samples }) {
    tail.threshold = of.jitterThreshold
    tail.excess = of.jitterExcess
    learnTail(tail, moreThanUsual(of), samples)
    of.jitterThreshold = tail.threshold
    of.jitterExcess = tail.excess
  },
})
