/** Plays a series for detectors: what each sample or arrival alarmed, by reason. */
import type { ReasonCode } from "@assay/trust"
import { DETECTION_DEFAULTS, type DetectionConfig } from "../../src/config.ts"
import { countMessage, observe, reasonsOf } from "../../src/detectors/index.ts"
import { addMeasurement } from "../../src/device.ts"
import { newDevice } from "../device.ts"

type Alarms = ReadonlyArray<ReadonlyArray<ReasonCode>>

/** Values of one measurement, all of them to be learned unless said otherwise. */
export const values = (
  series: ReadonlyArray<number>,
  config: DetectionConfig = DETECTION_DEFAULTS,
  learn: (index: number) => boolean = () => true,
): Alarms => {
  const measurement = addMeasurement(newDevice(0), 1)
  return series.map((value, index) => reasonsOf(observe(measurement, value, learn(index), config)))
}

/** Messages at these gaps in milliseconds. */
export const arrivals = (gaps: ReadonlyArray<number>, config: DetectionConfig = DETECTION_DEFAULTS): Alarms => {
  const device = newDevice(0)
  let time = 0
  return gaps.map((gap) => {
    time += gap
    return reasonsOf(countMessage(device, time, true, config))
  })
}

export const times = <T>(count: number, make: (index: number) => T): Array<T> =>
  Array.from({ length: count }, (_, i) => make(i))

/** A calm series: steps of about one around 20, never one value twice. */
export const calm = (count: number): Array<number> =>
  times(count, (i) => 20 + (i % 2 === 0 ? 0.5 : -0.5) + 0.1 * Math.sin(i))

/** Index of the first alarm with this reason, or -1. */
export const first = (alarms: Alarms, reason: ReasonCode): number => alarms.findIndex((codes) => codes.includes(reason))
