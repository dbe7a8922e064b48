/** Real series for tests: hourly normals of Seattle, replayed with a seeded phase and small noise, as the demo does. */
import { readFileSync } from "node:fs"

// By path: the package exports only its JavaScript.
const file = new URL("../../../node_modules/vega-datasets/data/seattle-weather-hourly-normals.csv", import.meta.url)
const csv = readFileSync(file, "utf8")
/** Pressure in hPa, temperature in Cel, wind in m/s, one row an hour. */
export const HOURS: ReadonlyArray<ReadonlyArray<number>> = csv
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",").slice(1).map(Number))

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

/** `count` hours from a seeded phase; noise is the half width of what is added, rounded to `digits`. */
export const replay = (seed: number, count: number, noise: number, digits: number): Array<ReadonlyArray<number>> => {
  const random = seeded(seed)
  const phase = Math.floor(random() * HOURS.length)
  return Array.from({ length: count }, (_, hour) =>
    HOURS[(phase + hour) % HOURS.length]!.map((value) => Number((value + (random() * 2 - 1) * noise).toFixed(digits))),
  )
}
