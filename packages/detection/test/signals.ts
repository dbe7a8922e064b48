/** The signal set of each detector alone, for tests. */
import * as detectors from "../src/detectors/index.ts"

const alone = (name: string): number => {
  const found = detectors.DETECTORS.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no detector ${name}`)
  return detectors.signalsOf(found)
}

export const flood = alone("flood")
export const rate = alone("rate")
export const daily = alone("daily")
export const levelShift = alone("level-shift")
export const novelRange = alone("novel-range")
export const stuck = alone("stuck")
export const silence = alone("silence")
