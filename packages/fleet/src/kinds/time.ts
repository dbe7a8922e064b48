/** Time as machines keep it, in milliseconds since 1970. */
import type { Random } from "../random.ts"

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Hours since midnight, UTC, with fractions. */
export const hourOf = (at: number): number => (at % DAY) / HOUR
/** 0 is Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (at: number): number => (Math.floor(at / DAY) + 3) % 7
/** -1 at night to 1 in the afternoon, once a day. */
export const daily = (at: number, warmestHour = 15): number => Math.cos(((hourOf(at) - warmestHour) / 24) * 2 * Math.PI)

/** Instants each `period`, without end; `jitter` is the half width of what each is off, and less than half the period. */
export function* every(start: number, period: number, random: Random, jitter = 0): Iterable<number> {
  for (let n = 0; ; n++)
    yield Math.round(start + n * period + (jitter === 0 ? 0 : (random.next() * 2 - 1) * jitter + jitter))
}

/** As a sensor of that resolution shows it. */
export const rounded = (value: number, resolution: number): number =>
  Number((Math.round(value / resolution) * resolution).toFixed(6))

/** What comes back to its mean, a part of the way each step: an AR(1) process. */
export const wanderer = (random: Random, back: number, noise: number): (() => number) => {
  let at = 0
  return () => {
    at = at * (1 - back) + random.normal() * noise
    return at
  }
}
