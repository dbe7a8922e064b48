/**
 * Shows what came to every detector of a list, and collects their alarms as a signal set: one bit for each detector that
 * alarmed, and one for each whose alarm is only reported and raises no suspicion.
 */
import type { DeclaredKind, ReasonCode } from "@assay/trust"
import { type Arrival, type Arrivals, arriveAt, learnGap, type Sent } from "./arrivals.ts"
import {
  adapt,
  advance,
  advanceMeans,
  type Baseline,
  bounded,
  isFirstDay,
  newSample,
  SAMPLES_MAX,
  secondsOf,
  start,
} from "./baseline.ts"
import type { DetectionConfig } from "./config.ts"
import {
  contradictKind,
  contradictsPeriod,
  type Declared,
  declare,
  kindInForce,
  kindWithin,
  observedAgainst,
  startDeclared,
} from "./declared.ts"
import type { Detector, Fields, Input, Memory } from "./detector.ts"
import { FAMILIES } from "./families.ts"
import { KINDS, type Kind } from "./kind-names.ts"
import { become, count, kindOf } from "./kinds/learn.ts"
import { learnState, startState } from "./kinds/state.ts"

/** All fields of the detectors of a list that need the same, as one type. */
type FieldsOf<List extends ReadonlyArray<Detector>, Needs extends Input> = Joined<
  Extract<List[number], { readonly needs: Needs }>["fields"]
>
type Joined<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? Extract<All, Fields>
  : never

const joinedFields = (detectors: ReadonlyArray<Detector>): Fields => {
  const all: Record<string, Fields[string]> = {}
  for (const { name, fields } of detectors)
    for (const [field, kind] of Object.entries(fields)) {
      if (field in all) throw new TypeError(`detector ${name}: another has the field ${field} too`)
      all[field] = kind
    }
  return all
}

const MOST = 15
const ALL = (1 << MOST) - 1

const NO_RHYTHM = { gap: 0, gaps: 0 }

/** Beside the alarms: what is declared of a measurement was contradicted. It raises no suspicion. */
const CONTRADICTED = 1 << (2 * MOST)
const CONTRADICTED_REASON: ReadonlyArray<ReasonCode> = ["anomaly.declaration_contradicted"]

/** The same alarms, reported and no more. */
const reportedOf = (signals: number): number =>
  (((signals | (signals >>> MOST)) & ALL) << MOST) | (signals & CONTRADICTED)

/** How a sample is looked at. */
export interface Looking {
  /** When it was measured, in seconds as the device signed it. */
  readonly time: number
  /** Whether the baseline may move; the short memory moves in any case. */
  readonly learn: boolean
  /** Whether it may move without a bound, and alarms are only reported: a known change is being learned. */
  readonly free: boolean
  /** What the roots have declared of the measurement; null or left out where nothing is. */
  readonly declared?: Declared | null
  /** The rhythm of its device, with which a declared period is compared. */
  readonly rhythm?: Pick<Arrivals, "gap" | "gaps">
}

/**
 * Makes the functions that run a list of detectors.
 * @throws TypeError where two detectors have one name or field, or there are more than a signal set has bits
 */
export const detectorSet = <const List extends ReadonlyArray<Detector>>(list: List) => {
  if (list.length > MOST) throw new TypeError(`${list.length} detectors, where a signal set has ${MOST} bits`)
  if (new Set(list.map(({ name }) => name)).size < list.length) throw new TypeError("two detectors of one name")
  const bitOf = (one: Detector): number => 1 << list.indexOf(one)
  const needing = <Needs extends Input>(needs: Needs) =>
    list.filter((one): one is Detector & { readonly needs: Needs } => one.needs === needs)

  const arrivals = needing("arrivals") as unknown as ReadonlyArray<Detector<"arrivals">>
  const arrivalBits = arrivals.map(bitOf)
  const readings = needing("readings") as unknown as ReadonlyArray<Detector<"readings">>
  const judges = Object.fromEntries(
    KINDS.map((kind) => [kind, readings.filter(({ kinds }) => kinds?.includes(kind))]),
  ) as unknown as Readonly<Record<Kind, ReadonlyArray<Detector<"readings">>>>
  const bits = Object.fromEntries(
    KINDS.map((kind) => [kind, judges[kind].map((one) => bitOf(one as unknown as Detector))]),
  ) as unknown as Readonly<Record<Kind, ReadonlyArray<number>>>
  const signalsOf = (...alarmed: ReadonlyArray<Detector>): number => alarmed.reduce((set, one) => set | bitOf(one), 0)
  const certain = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      signalsOf(...list.filter(({ kinds, isCertain }) => isCertain && kinds?.includes(kind))),
    ]),
  ) as Readonly<Record<Kind, number>>
  const outside = signalsOf(...list.filter(({ alarmsOutside }) => alarmsOutside))
  const notANumber = signalsOf(...list.filter(({ alarmsOnNaN }) => alarmsOnNaN))
  /** By kind, whether each of its detectors finds values that are new in themselves. */
  const findsNew = Object.fromEntries(
    KINDS.map((kind) => [kind, judges[kind].map(({ judgesCourse }) => judgesCourse !== true)]),
  ) as unknown as Readonly<Record<Kind, ReadonlyArray<boolean>>>
  const families = list.map(({ family }) => FAMILIES.indexOf(family))

  // One of each for all messages: a new one for every message costs as much as a detector.
  const arrival: Arrival = { gap: 0, signedGap: 0, isNext: false, known: false, periodMs: 0 }
  const sample = newSample()
  const answers = new Float64Array(MOST)

  /**
   * Which of the kind's detectors alarm: all that make up a good part of the sum, once the sum is large enough. What only came about
   * in an unusual way, and is no new value, is reported: machines are switched, charged and refilled at hours of their own.
   */
  const alarmsOf = (of: Baseline, kind: Kind, config: DetectionConfig): number => {
    const ones = judges[kind]
    let sum = 0
    let most = 0
    for (let i = 0; i < ones.length; i++) {
      // biome-ignore lint/suspicious/noExplicitAny: a record has the fields of all detectors
      const answer = ones[i]!.observe(of as any, sample, config)
      answers[i] = answer
      sum += answer
      if (answer > most) most = answer
    }
    if (!(sum > config.reportSurprise)) return 0
    let signals = 0
    // While little of the range was seen, no value is known yet.
    let isNew = sample.known < 0.5
    for (let i = 0; i < ones.length; i++)
      if (answers[i]! >= most / 2) {
        signals |= bits[kind][i]!
        isNew ||= findsNew[kind][i]!
      }
    return sum > config.alarmSurprise && isNew ? signals : signals << MOST
  }

  /** @returns whether a declared kind was contradicted */
  const learnKind = (of: Baseline, kind: Kind, declared: DeclaredKind | null, config: DetectionConfig): boolean => {
    if (kind === "gauge" || kind === "coarse") adapt(of, sample, config)
    else of.samples = Math.min(SAMPLES_MAX, sample.samples + 1)
    const ones = judges[kind]
    // biome-ignore lint/suspicious/noExplicitAny: as above
    for (let i = 0; i < ones.length; i++) ones[i]!.learn?.(of as any, sample, config)
    if (kind === "state" && !learnState(of, sample)) {
      become(of, "coarse", sample)
      return declared !== null
    }
    if (sample.step === 0) return false
    count(of, sample)
    const against = declared === null ? null : observedAgainst(of, declared)
    const next = against ?? (declared === null ? kindOf(of) : kindWithin(kindOf(of), declared))
    if (next === kind) return against !== null
    become(of, next, sample)
    if (next === "state") {
      startState(of, sample)
      learnState(of, sample)
    }
    return against !== null
  }

  /** Values outside of what is declared: whatever is learned, and from the first one on. */
  const isOutside = (value: number, declared: Declared | null): boolean =>
    declared !== null && (value < declared.min || value > declared.max)

  return {
    /** What the detectors remember of a device, and of each of its measurements, besides what they share. */
    arrivalFields: joinedFields(arrivals as unknown as ReadonlyArray<Detector>) as FieldsOf<List, "arrivals">,
    readingFields: joinedFields(readings as unknown as ReadonlyArray<Detector>) as FieldsOf<List, "readings">,

    /**
     * Counts one message, in place. One that a later one overtook counts for nothing but that the device was heard: its place
     * in time is known no longer.
     * @returns the signal set of this arrival
     */
    countMessage: (
      device: Arrivals & Memory<FieldsOf<List, "arrivals">>,
      sent: Sent,
      learn: boolean,
      config: DetectionConfig,
    ): number => {
      const isOvertaken = !arriveAt(device, sent, arrival, config)
      device.heard = sent.time
      if (isOvertaken) return 0
      let signals = 0
      for (let i = 0; i < arrivals.length; i++)
        // biome-ignore lint/suspicious/noExplicitAny: a record has the fields of all detectors
        if (arrivals[i]!.observe(device as any, arrival, config)) signals |= arrivalBits[i]!
      if (learn && (signals === 0 || arrival.gap > device.gap)) learnGap(device, arrival, config)
      return signals
    },

    /**
     * Looks at one sample, in place.
     * @returns the signal set of this sample
     */
    observe: (
      of: Baseline & Memory<FieldsOf<List, "readings">>,
      raw: number,
      { time, learn, free, declared = null, rhythm = NO_RHYTHM }: Looking,
      config: DetectionConfig,
    ): number => {
      if (Number.isNaN(raw)) return notANumber
      const value = bounded(raw)
      const at = secondsOf(time)
      const beyond = isOutside(value, declared) ? outside : 0
      if (of.samples === 0) {
        if (!learn) return beyond
        start(of, value, at)
        sample.offset = value - of.origin
        sample.step = 0
        startDeclared(of, declared, sample)
        return beyond
      }
      advance(of, value, at, sample)
      if (learn) declare(of, declared, sample)
      const { kind } = of
      const declaredKind = kindInForce(of, declared)
      if (kind === "gauge" || kind === "coarse") advanceMeans(of, sample)
      sample.learn = learn
      sample.free = free
      const sure = declaredKind === kind ? certain[kind] : 0
      // While little is known, only what needs no learning counts. And a declared gauge may well begin to move.
      const counts =
        kind === "constant" && declaredKind === "gauge" ? 0 : sample.samples < config.learnMessages ? sure : ALL
      const signals = counts === 0 ? 0 : alarmsOf(of, kind, config) & (counts | (counts << MOST))
      const onlyReported = free || isFirstDay(sample.age)
      // What is reported is learned at once.
      sample.free = free || (onlyReported && signals !== 0)
      const isWrong = learn && learnKind(of, kind, declaredKind, config)
      if (isWrong) contradictKind(of)
      const isOff = learn && contradictsPeriod(of, declared, sample, rhythm)
      const charged = free ? 0 : signals & sure
      const found = onlyReported ? reportedOf(signals & ~charged) | charged : signals
      return found | beyond | (isWrong || isOff ? CONTRADICTED : 0)
    },

    /** The reason codes of a signal set, in the order of the list; that of a contradiction last. */
    reasonsOf: (signals: number): ReadonlyArray<ReasonCode> =>
      signals === 0
        ? []
        : [
            ...list.filter((_, i) => ((signals | (signals >>> MOST)) & (1 << i)) !== 0).map(({ reason }) => reason),
            ...((signals & CONTRADICTED) === 0 ? [] : CONTRADICTED_REASON),
          ],

    /** The largest gain of the alarms in a signal set that belong to a family (index in FAMILIES); 0 where none does. */
    gainOf: (signals: number, family: number): number => {
      let gain = 0
      if ((signals & ALL) !== 0)
        for (let i = 0; i < list.length; i++)
          if (families[i] === family && (signals & (1 << i)) !== 0) gain = Math.max(gain, list[i]!.gain)
      return gain
    },

    /** The signal set in which exactly these detectors alarm. */
    signalsOf,
    reportedOf,
  }
}
