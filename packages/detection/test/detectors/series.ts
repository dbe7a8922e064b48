/** Plays a series for detectors: what each sample or arrival alarmed, by reason. */
import type { ReasonCode } from "@assay/trust"
import { DETECTION_DEFAULTS, type DetectionConfig } from "../../src/config.ts"
import { countMessage, observe, reasonsOf } from "../../src/detectors/index.ts"
import { addMeasurement } from "../../src/device.ts"
import { newDevice } from "../device.ts"
import { seeded } from "../series.ts"

type Alarms = ReadonlyArray<ReadonlyArray<ReasonCode>>

/** Values of one measurement, a second apart unless said otherwise, all of them to be learned. */
export const values = (
  series: ReadonlyArray<number>,
  config: DetectionConfig = DETECTION_DEFAULTS,
  seconds = 1,
  measurement = addMeasurement(newDevice(0), 1),
): Alarms =>
  series.map((value, index) =>
    reasonsOf(observe(measurement, value, { time: START + index * seconds, learn: true, free: false }, config)),
  )

/** 2023-11-14T22:13:20Z. */
const START = 1_700_000_000

/** Messages at these gaps in milliseconds. */
export const arrivals = (gaps: ReadonlyArray<number>, config: DetectionConfig = DETECTION_DEFAULTS): Alarms => {
  const device = newDevice(0)
  let time = 0
  return gaps.map((gap, seq) => {
    time += gap
    return reasonsOf(countMessage(device, { time, iat: Math.floor(time / 1000), epo: 0, seq }, true, config))
  })
}

export const times = <T>(count: number, make: (index: number) => T): Array<T> =>
  Array.from({ length: count }, (_, i) => make(i))

/** A calm series: steps of about one around 20, never one value twice. */
export const calm = (count: number): Array<number> =>
  times(count, (i) => 20 + (i % 2 === 0 ? 0.5 : -0.5) + 0.1 * Math.sin(i))

/** Noise of about one unit around 20, from a seed; within 18 and 22. */
export const noisy = (count: number, seed = 1): Array<number> => {
  const random = seeded(seed)
  return times(count, () => 18 + random() + random() + random() + random())
}

/** Index of the first alarm with this reason, or -1. */
export const first = (alarms: Alarms, reason: ReasonCode): number => alarms.findIndex((codes) => codes.includes(reason))
