/** What a detector is. Each lies in a file of its own, in detectors or with its kind; detectors/index.ts lists them. */
import type { Scalar } from "@assay/layout"
import type { ReasonCode } from "@assay/trust"
import type { Arrival, Arrivals } from "./arrivals.ts"
import type { Baseline, Sample } from "./baseline.ts"
import type { DetectionConfig } from "./config.ts"
import type { Family } from "./families.ts"
import type { Kind } from "./kind-names.ts"

// biome-ignore lint/suspicious/noExplicitAny: the value's type is inferred from the kind
export type Fields = { readonly [name: string]: Scalar<any> }

/** Fields as a detector reads and writes them. */
export type Memory<Of extends Fields> = { -readonly [Name in keyof Of]: Of[Name] extends Scalar<infer T> ? T : never }

/** What a detector can ask for: what is there anyhow, what it is shown, and what it answers. */
interface Inputs {
  /** When the messages of a device were sent; it answers whether it alarms. */
  readonly arrivals: { readonly shared: Arrivals; readonly seen: Arrival; readonly answer: boolean }
  /**
   * The values of one measurement of a device. It answers how surprised it is, in e-folds: 0 where it is not, Infinity where
   * its alarm needs no other. Those of one measurement are added up and alarm together.
   */
  readonly readings: { readonly shared: Baseline; readonly seen: Sample; readonly answer: number }
}
export type Input = keyof Inputs

type MemoryFor<Needs extends Input, Own extends Fields> = Inputs[Needs]["shared"] & Memory<Own>

/**
 * A detector remembers nothing itself: what it knows of a device stands in its fields, and all thresholds come with the
 * configuration. Methods may not keep what they are passed.
 */
export interface Detector<Needs extends Input = Input, Own extends Fields = Fields> {
  readonly name: string
  readonly reason: ReasonCode
  readonly family: Exclude<Family, "conduct">
  /** Part of the way to certainty that one alarm moves its family: 0.45 takes four alarms in a row to 0.9. */
  readonly gain: number
  readonly needs: Needs
  /**
   * Of readings alone: it judges how a known value comes about (at what hour, beside what level, after how large a step). Its alarm
   * is reported; it raises suspicion only beside one that found the value itself new.
   */
  readonly judgesCourse?: true
  /** Of readings alone: the kinds of measurements that it judges. */
  readonly kinds?: ReadonlyArray<Kind>
  /** What it remembers. Names must differ from those of all other detectors that need the same. */
  readonly fields: Own
  /** Whether a value that is no number is its alarm. No detector is shown such a value. */
  readonly alarmsOnNaN?: boolean
  /** Whether a value outside of the declared range is its alarm. */
  readonly alarmsOutside?: boolean
  /** Whether its alarm counts from the first value on where the kind is declared: it needs nothing learned. */
  readonly isCertain?: boolean
  /** Looks at what came, before anything is learned of it. The answer does not count while too little is known. */
  observe(memory: MemoryFor<Needs, Own>, seen: Inputs[Needs]["seen"], config: DetectionConfig): Inputs[Needs]["answer"]
  /** Learns from what may be learned, within bounds. For readings alone. */
  learn?(memory: MemoryFor<Needs, Own>, seen: Inputs[Needs]["seen"], config: DetectionConfig): void
}

/** Declares a detector; the types of its memory follow from `needs` and `fields`. */
export const detector = <const Needs extends Input, const Own extends Fields>(
  declared: Detector<Needs, Own>,
): Detector<Needs, Own> => declared
