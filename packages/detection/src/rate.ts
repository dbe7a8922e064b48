/**
 * Message rate by leaky buckets over log time: each message pours one unit in, time drains. A bucket tells a burst
 * (the log may stamp a whole batch with one millisecond) from a lasting rate, which a mean of gaps cannot.
 */
import { type Draft, FLOOD, GAP, GAPS, HEARD, RATE } from "./cells.ts"
import type { DetectionConfig } from "./config.ts"
import { FLOODED, RATE_HIGH, SILENCE } from "./signals.ts"

const GAPS_MAX = 255

const pour = (cells: Draft, cell: number, elapsedMs: number, perSecond: number, burst: number): boolean => {
  const fill = Math.max(0, cells[cell]! - (elapsedMs * perSecond) / 1000) + 1
  // A full bucket does not rise further, so that the alarm ends soon after the flood does.
  cells[cell] = Math.min(fill, burst + 1)
  return fill > burst
}

/**
 * Counts one message at `time` (milliseconds, never running backwards), in place.
 * @returns FLOODED, RATE_HIGH, SILENCE or 0
 */
export const countMessage = (cells: Draft, time: number, learn: boolean, config: DetectionConfig): number => {
  const gap = Math.max(0, time - cells[HEARD]!)
  const gaps = cells[GAPS]!
  const mean = cells[GAP]!
  const known = gaps >= config.learnMessages
  const usual = known && mean > 0 ? (1000 / mean) * config.rateFactor : 0
  let signals = 0
  if (pour(cells, FLOOD, gap, config.floodPerSecond, config.floodBurst)) signals |= FLOODED
  if (pour(cells, RATE, gap, Math.max(config.rateFloorPerSecond, usual), config.rateBurst)) signals |= RATE_HIGH
  if (known && gap > Math.max(config.silenceFloorMs, config.silenceFactor * mean)) signals |= SILENCE
  if (learn && signals === 0) {
    cells[GAPS] = Math.min(GAPS_MAX, gaps + 1)
    cells[GAP] = mean + (gap - mean) / (gaps + 1)
  }
  cells[HEARD] = time
  return signals
}
