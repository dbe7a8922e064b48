/**
 * What all detectors of arrivals share: when a device was last heard, and how long it usually waits. Times are log time
 * in milliseconds.
 */
import { f64, safe, u8 } from "@assay/layout"
import type { DetectionConfig } from "./config.ts"
import type { Memory } from "./detectors/detector.ts"

/** Most gaps that are counted. */
export const GAPS_MAX = 255

export const ARRIVALS = {
  /** When the device was last heard. */
  heard: safe(),
  /** Learned mean gap between messages in milliseconds, and how many gaps it is made of, at most GAPS_MAX. */
  gap: f64(),
  gaps: u8(),
} as const

type Arrivals = Memory<typeof ARRIVALS>

/** One arrival, as a detector is shown it. The same object is used for every message: keep nothing of it. */
export interface Arrival {
  /** Milliseconds since the message before, never negative. */
  gap: number
  /** Whether enough gaps were learned to compare with. */
  known: boolean
}

/** Fills in the arrival of a message at `time`. */
export const arriveAt = ({ heard, gaps }: Arrivals, time: number, arrival: Arrival, config: DetectionConfig): void => {
  arrival.gap = Math.max(0, time - heard)
  arrival.known = gaps >= config.learnMessages
}

/** Moves the mean gap towards that of an arrival that alarmed nothing, in place. */
export const learnGap = (of: Arrivals, { gap }: Arrival): void => {
  const { gaps, gap: mean } = of
  of.gaps = Math.min(GAPS_MAX, gaps + 1)
  of.gap = mean + (gap - mean) / (gaps + 1)
}

/**
 * A leaky bucket (Turner 1986, IEEE Communications 24(10)): each message pours one unit in, time drains. It tells a
 * burst (the log may stamp a whole batch with one millisecond) from a lasting rate, which a mean of gaps cannot.
 * @param fill messages in the bucket before
 * @param perSecond messages that drain per second
 * @returns messages in the bucket after this one
 */
export const pour = (fill: number, { gap }: Arrival, perSecond: number): number =>
  Math.max(0, fill - (gap * perSecond) / 1000) + 1
