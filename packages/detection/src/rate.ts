/**
 * Message rate by leaky buckets over log time: each message pours one unit in, time drains. A bucket tells a burst
 * (the log may stamp a whole batch with one millisecond) from a lasting rate, which a mean of gaps cannot.
 */
import type { DetectionConfig } from "./config.ts"
import { type DeviceDraft, GAPS_MAX } from "./device.ts"
import { FLOODED, RATE_HIGH, SILENCE } from "./signals.ts"

/** The fill of a bucket after `elapsedMs` and one more message. */
const pour = (fill: number, elapsedMs: number, perSecond: number): number =>
  Math.max(0, fill - (elapsedMs * perSecond) / 1000) + 1

/**
 * Counts one message at `time` (milliseconds, never running backwards), in place.
 * @returns FLOODED, RATE_HIGH, SILENCE or 0
 */
export const countMessage = (device: DeviceDraft, time: number, learn: boolean, config: DetectionConfig): number => {
  const gap = Math.max(0, time - device.heard)
  const { gaps, gap: mean } = device
  const known = gaps >= config.learnMessages
  const usual = known && mean > 0 ? (1000 / mean) * config.rateFactor : 0
  let signals = 0
  const flood = pour(device.flood, gap, config.floodPerSecond)
  const rate = pour(device.rate, gap, Math.max(config.rateFloorPerSecond, usual))
  if (flood > config.floodBurst) signals |= FLOODED
  if (rate > config.rateBurst) signals |= RATE_HIGH
  // A full bucket does not rise further, so that the alarm ends soon after the flood does.
  device.flood = Math.min(flood, config.floodBurst + 1)
  device.rate = Math.min(rate, config.rateBurst + 1)
  if (known && gap > Math.max(config.silenceFloorMs, config.silenceFactor * mean)) signals |= SILENCE
  if (learn && signals === 0) {
    device.gaps = Math.min(GAPS_MAX, gaps + 1)
    device.gap = mean + (gap - mean) / (gaps + 1)
  }
  device.heard = time
  return signals
}
