/**
 * The recorded weather that every device replays: Seattle's hourly normals (NOAA; `weather/README.md` says from where).
 * Each device starts at an hour of its own, so no two report the same values at the same time.
 */
import { readFileSync } from "node:fs"
import { derive } from "./keys.ts"

/** One hour: pressure in hPa, temperature in degrees Celsius, wind in m/s. */
export interface Hour {
  readonly pressure: number
  readonly temperature: number
  readonly wind: number
}

const FILE = "seattle-hourly-normals.csv"

let loaded: ReadonlyArray<Hour> | null = null

/** All 8,759 hours of the year, read once. */
export const weather = (): ReadonlyArray<Hour> => {
  loaded ??= parse(readFileSync(new URL(`../weather/${FILE}`, import.meta.url), "utf8"))
  return loaded
}

const parse = (csv: string): ReadonlyArray<Hour> =>
  csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line, index) => {
      const [pressure, temperature, wind] = line.split(",").map(Number)
      if (!Number.isFinite(pressure) || !Number.isFinite(temperature) || !Number.isFinite(wind))
        throw new Error(`${FILE}:${index + 2}: not pressure,temperature,wind`)
      return { pressure: pressure!, temperature: temperature!, wind: wind! }
    })

/** What a device's sensors read at its nth sample. */
export type Series = (sample: number) => Hour

/**
 * A device's own walk through the recorded year, one hour per sample.
 * The record is rounded to tenths, so that it often repeats a value for hours, which no live sensor does: noise below
 * that resolution is put back, from the seed.
 */
export const seriesOf = (seed: string, device: string): Series => {
  const hours = weather()
  const bytes = derive(seed, `phase\0${device}`)
  const phase = bytes.readUInt32BE(0) % hours.length
  const salt = bytes.readUInt32BE(4)
  return (sample) => {
    const hour = hours[(phase + sample) % hours.length]!
    return {
      pressure: dithered(hour.pressure, salt, sample * 3),
      temperature: dithered(hour.temperature, salt, sample * 3 + 1),
      wind: dithered(hour.wind, salt, sample * 3 + 2),
    }
  }
}

/** In thousandths, within 0.05 of the value. */
const dithered = (value: number, salt: number, n: number): number =>
  (Math.round(value * 1000) + (mix(salt ^ Math.imul(n + 1, 0x9e3779b1)) % 100) - 50) / 1000

/** The finalizer of murmur3: every bit of the input reaches every bit of the output. */
const mix = (input: number): number => {
  let h = input >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
