/**
 * Latency from the time at which a message SHOULD have been sent to the time at which its decision was seen, committed. What
 * waits for a late sender counts, so a stall of the pipeline is not hidden by sending less meanwhile (coordinated omission).
 */
import { build, type Histogram } from "hdr-histogram-js"

/** Milliseconds. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** One step of a run. Counts what is still open. */
export class Step {
  readonly histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  })
  sent = 0
  decided = 0
  /** The longest latency of the messages that were due in each second, milliseconds: one stall shows as one tall second. */
  readonly worst: Array<number> = []
  #firstDue: number | null = null

  /** @param due when it was, and @param now when its decision was seen: milliseconds of one clock */
  measured(due: number, now: number): void {
    this.histogram.recordValue(Math.max(1, Math.round((now - due) * 1000)))
    this.#firstDue ??= due
    const second = Math.max(0, Math.floor((due - this.#firstDue) / 1000))
    while (this.worst.length <= second) this.worst.push(0)
    this.worst[second] = Math.max(this.worst[second]!, now - due)
  }

  get open(): number {
    return this.sent - this.decided
  }

  /** Milliseconds. */
  get mean(): number {
    return this.histogram.totalCount === 0 ? 0 : this.histogram.mean / 1000
  }

  percentiles(): Percentiles {
    const at = (percentile: number): number => this.histogram.getValueAtPercentile(percentile) / 1000
    const { totalCount: count, maxValue } = this.histogram
    if (count === 0) return { count, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 }
    return { count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: maxValue / 1000 }
  }
}

interface Due {
  readonly at: number
  readonly step: Step
  readonly counts: boolean
}

/** Where a message stands on `submitted`, as one key. */
const placeOf = (partition: number, offset: number): number => offset * 1024 + partition

/** Joins what was sent with what was decided; either may be heard of first. Times by `performance.now()`. */
export class Matcher {
  readonly #due = new Map<number, Due>()
  /** Decided before its append has answered. */
  readonly #early = new Map<number, number>()
  #expecting = false

  /** Between runs decisions of messages that nobody waits for (ticks have none) are passed over. */
  expect(on: boolean): void {
    this.#expecting = on
    this.#early.clear()
  }

  /** @param counts false for messages of the warm-up, which are waited for and not measured */
  sent(partition: number, offset: number, at: number, step: Step, counts: boolean): void {
    const place = placeOf(partition, offset)
    const seen = this.#early.get(place)
    if (seen === undefined) {
      this.#due.set(place, { at, step, counts })
      return
    }
    this.#early.delete(place)
    record({ at, step, counts }, seen)
  }

  decided(partition: number, offset: number, now: number): void {
    const place = placeOf(partition, offset)
    const due = this.#due.get(place)
    if (due === undefined) {
      if (this.#expecting) this.#early.set(place, now)
      return
    }
    this.#due.delete(place)
    record(due, now)
  }
}

const record = ({ at, step, counts }: Due, now: number): void => {
  step.decided++
  if (counts) step.measured(at, now)
}
