/** Shows what came to every detector of a list, and collects their alarms as a signal set: one bit for each detector. */
import type { ReasonCode } from "@assay/trust"
import { ARRIVALS, type Arrival, arriveAt, learnGap } from "./arrivals.ts"
import { adapt, advance, BASELINE, bounded, type Sample, start, teaches } from "./baseline.ts"
import type { DetectionConfig } from "./config.ts"
import type { Detector, Fields, Input, Memory } from "./detectors/detector.ts"
import { FAMILIES } from "./families.ts"

/** All fields of the detectors of a list that need the same, as one type. */
type FieldsOf<List extends ReadonlyArray<Detector>, Needs extends Input> = Joined<
  Extract<List[number], { readonly needs: Needs }>["fields"]
>
type Joined<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? Extract<All, Fields>
  : never

const joinedFields = (shared: Fields, detectors: ReadonlyArray<Detector>): Fields => {
  const all: Record<string, Fields[string]> = {}
  for (const { name, fields } of detectors)
    for (const [field, kind] of Object.entries(fields)) {
      if (field in shared || field in all) throw new TypeError(`detector ${name}: another has the field ${field} too`)
      all[field] = kind
    }
  return all
}

/**
 * Makes the functions that run a list of detectors.
 * @throws TypeError where two detectors have one name or field, or there are more than a signal set has bits
 */
export const detectorSet = <const List extends ReadonlyArray<Detector>>(list: List) => {
  if (list.length > 31) throw new TypeError(`${list.length} detectors, where a signal set has 31 bits`)
  if (new Set(list.map(({ name }) => name)).size < list.length) throw new TypeError("two detectors of one name")
  const bitOf = (one: Detector): number => 1 << list.indexOf(one)
  const needing = <Needs extends Input>(needs: Needs) =>
    list.filter((one): one is Detector & { readonly needs: Needs } => one.needs === needs)

  const arrivals = needing("arrivals") as ReadonlyArray<Detector<"arrivals">>
  const arrivalBits = arrivals.map(bitOf)
  const readings = needing("readings") as ReadonlyArray<Detector<"readings">>
  const readingBits = readings.map(bitOf)
  const starting = readings.filter((one) => one.start !== undefined)
  const learning = readings.filter((one) => one.learn !== undefined)
  const notANumber = readings.reduce((bits, one) => (one.alarmsOnNaN ? bits | bitOf(one) : bits), 0)
  const families = list.map(({ family }) => FAMILIES.indexOf(family))

  // One of each for all messages: a new one for every message costs as much as a detector.
  const arrival: Arrival = { gap: 0, known: false }
  const sample: Sample = { value: Number.NaN, step: Number.NaN, unit: Number.NaN, samples: 0, ended: 0, learn: false }

  return {
    /** What the detectors remember of a device, and of each of its measurements. */
    arrivalFields: joinedFields(ARRIVALS, arrivals) as FieldsOf<List, "arrivals">,
    readingFields: joinedFields(BASELINE, readings) as FieldsOf<List, "readings">,

    /**
     * Counts one message at `time` (milliseconds, never running backwards), in place.
     * @returns the signal set of this arrival
     */
    countMessage: (
      device: Memory<typeof ARRIVALS> & Memory<FieldsOf<List, "arrivals">>,
      time: number,
      learn: boolean,
      config: DetectionConfig,
    ): number => {
      arriveAt(device, time, arrival, config)
      let signals = 0
      for (let i = 0; i < arrivals.length; i++)
        if (arrivals[i]!.observe(device, arrival, config)) signals |= arrivalBits[i]!
      if (learn && signals === 0) learnGap(device, arrival)
      device.heard = time
      return signals
    },

    /**
     * Looks at one sample, in place.
     * @param learn whether the baseline may move; the short memory (last value, run, quick mean) moves in any case
     * @returns the signal set of this sample
     */
    observe: (
      of: Memory<typeof BASELINE> & Memory<FieldsOf<List, "readings">>,
      raw: number,
      learn: boolean,
      config: DetectionConfig,
    ): number => {
      if (Number.isNaN(raw)) return notANumber
      const value = bounded(raw)
      const { samples } = of
      if (samples === 0) {
        if (!learn) return 0
        start(of, value)
        sample.value = value
        for (const one of starting) one.start!(of, sample)
        return 0
      }
      advance(of, value, sample, config)
      sample.learn = learn
      let signals = 0
      for (let i = 0; i < readings.length; i++) if (readings[i]!.observe(of, sample, config)) signals |= readingBits[i]!
      if (samples < config.learnMessages) signals = 0
      if (!learn || signals !== 0 || !teaches(of)) return signals
      adapt(of, sample, config)
      for (let i = 0; i < learning.length; i++) learning[i]!.learn!(of, sample, config)
      return 0
    },

    /** The reason codes of a signal set, in the order of the list. */
    reasonsOf: (signals: number): ReadonlyArray<ReasonCode> =>
      signals === 0 ? [] : list.filter((_, i) => (signals & (1 << i)) !== 0).map(({ reason }) => reason),

    /** The largest gain of the alarms in a signal set that belong to a family (index in FAMILIES); 0 where none does. */
    gainOf: (signals: number, family: number): number => {
      let gain = 0
      if (signals !== 0)
        for (let i = 0; i < list.length; i++)
          if (families[i] === family && (signals & (1 << i)) !== 0) gain = Math.max(gain, list[i]!.gain)
      return gain
    },

    /** The signal set in which exactly these detectors alarm. */
    signalsOf: (...alarmed: ReadonlyArray<Detector>): number => alarmed.reduce((bits, one) => bits | bitOf(one), 0),
  }
}
