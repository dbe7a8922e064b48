/**
 * What all detectors of arrivals share: when a device was last heard, what it last signed, and how long it usually waits.
 * Rhythm is judged by what the device signed, its time and its counter: how long a message was on its way, and what was lost,
 * is no conduct of the device.
 */
import { f64, safe, u8, u16, u32 } from "@assay/layout"
import type { DetectionConfig } from "./config.ts"

/** Most gaps that are counted. */
export const GAPS_MAX = 255

export const ARRIVALS = {
  /** When the device was last heard, milliseconds by the log. */
  heard: safe(),
  /** The latest time that it signed, in seconds. */
  signed: f64(),
  /**
   * How far its clock was ahead of the log at most, in milliseconds; 0 where it was never seen ahead. How far one is behind cannot be
   * seen: whoever carries messages can hold them, the first one too.
   */
  lead: f64(),
  /** Position of the latest message: boot epoch, modulo 65,536, and counter, modulo 2^32. */
  epoch: u16(),
  counter: u32(),
  /** Learned mean gap between messages in milliseconds, and how many gaps it is made of, at most GAPS_MAX. */
  gap: f64(),
  gaps: u8(),
  /** The longest gap of late, in milliseconds. */
  longest: f64(),
} as const

export interface Arrivals {
  heard: number
  signed: number
  lead: number
  epoch: number
  counter: number
  gap: number
  gaps: number
  longest: number
}

/** One arrival, as a detector is shown it. The same object is used for every message: keep nothing of it. */
export interface Arrival {
  /**
   * Milliseconds since the message before: those that the device signed or those that passed in the log, whichever are more.
   * So neither what was held and let go at once nor a clock that stands still is a rate. A device can claim no more of it than
   * the greatest age of a message allows.
   */
  gap: number
  /** Milliseconds that the device itself signed. */
  signedGap: number
  /** Whether the device signed none between the message before and this one. */
  isNext: boolean
  /** Whether enough gaps were learned to compare with. */
  known: boolean
  /** Milliseconds that are declared from one message to the next; 0 where none are. */
  periodMs: number
}

/** Where and when a message was sent. */
export interface Sent {
  /** When it arrived, milliseconds by the log, never running backwards. */
  readonly time: number
  /** When it was signed, seconds. */
  readonly iat: number
  /** Its boot epoch and counter. */
  readonly epo: number
  readonly seq: number
  /** The shortest period that is declared of what it says, milliseconds; left out where none is. */
  readonly periodMs?: number
}

/**
 * Fills in the arrival of a message, and remembers its time and position, in place.
 * @returns false where a later one has overtaken it; then nothing is remembered
 */
export const arriveAt = (of: Arrivals, sent: Sent, arrival: Arrival, config: DetectionConfig): boolean => {
  const { heard, signed, gaps } = of
  const { time, iat, periodMs = 0 } = sent
  const epoch = sent.epo % 65_536
  const counter = sent.seq % 2 ** 32
  const isSameBoot = epoch === of.epoch
  const isEarlier = isSameBoot ? counter <= of.counter : (epoch - of.epoch + 65_536) % 65_536 > 32_768
  // A position that began anew comes with a later time.
  if (gaps > 0 && isEarlier && iat <= signed) return false
  arrival.signedGap = signed === 0 ? 0 : Math.max(0, (iat - signed) * 1000)
  const waited = Math.max(0, time - heard)
  // What it signs cannot run ahead of the log faster than time does: who signs the future at once has not waited for it.
  const ahead = iat * 1000 - time
  const lead = signed === 0 ? Math.max(0, ahead) : Math.max(of.lead, Math.min(ahead, of.lead + waited))
  arrival.gap = Math.max(waited, Math.min(arrival.signedGap, time + lead - signed * 1000))
  of.lead = lead
  arrival.isNext = isSameBoot && counter === of.counter + 1
  arrival.known = gaps >= config.learnMessages
  arrival.periodMs = periodMs
  of.epoch = epoch
  of.counter = counter
  of.signed = Math.max(signed, iat)
  return true
}

/** The longest gap that is no silence, in milliseconds. A declared period is never less than the learned one. */
export const silenceOf = (
  { gap, longest }: Pick<Arrivals, "gap" | "longest">,
  { periodMs }: Pick<Arrival, "periodMs">,
  config: DetectionConfig,
): number => Math.max(config.silenceFloorMs, config.silenceFactor * Math.max(gap, periodMs), 1.5 * longest)

/** What the longest gap keeps with each message: what happens once a month stays known. */
const KEPT = 0.9999

/** Moves the mean gap towards that of an arrival, in place; silence counts no more than the longest gap that is none. */
export const learnGap = (of: Arrivals, { gap, signedGap, known }: Arrival, config: DetectionConfig): void => {
  const { gaps, gap: mean } = of
  of.longest = Math.max(of.longest * KEPT, signedGap)
  const waited = signedGap > 0 ? signedGap : gap
  of.gaps = Math.min(GAPS_MAX, gaps + 1)
  of.gap =
    mean +
    ((known ? Math.min(waited, Math.max(config.silenceFloorMs, config.silenceFactor * mean)) : waited) - mean) /
      (gaps + 1)
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
