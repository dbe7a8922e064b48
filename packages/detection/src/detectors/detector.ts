/** What a detector is. Each lies in a file of its own in this directory; index.ts lists them. */
import type { Scalar } from "@assay/layout"
import type { ReasonCode } from "@assay/trust"
import type { ARRIVALS, Arrival } from "../arrivals.ts"
import type { BASELINE, Sample } from "../baseline.ts"
import type { DetectionConfig } from "../config.ts"
import type { Family } from "../families.ts"

// biome-ignore lint/suspicious/noExplicitAny: the value's type is inferred from the kind
export type Fields = { readonly [name: string]: Scalar<any> }

/** Fields as a detector reads and writes them. */
export type Memory<Of extends Fields> = { -readonly [Name in keyof Of]: Of[Name] extends Scalar<infer T> ? T : never }

/** What a detector can ask for: the fields that are there anyhow, and what it is shown. */
interface Inputs {
  /** When the messages of a device arrive. */
  readonly arrivals: { readonly fields: typeof ARRIVALS; readonly seen: Arrival }
  /** The values of one measurement of a device. */
  readonly readings: { readonly fields: typeof BASELINE; readonly seen: Sample }
}
export type Input = keyof Inputs

type MemoryFor<Needs extends Input, Own extends Fields> = Memory<Inputs[Needs]["fields"]> & Memory<Own>

/**
 * A detector remembers nothing itself: what it knows of a device stands in its fields, and all thresholds come with the
 * configuration. It changes its own fields only, in place. Methods may not keep what they are passed.
 */
export interface Detector<Needs extends Input = Input, Own extends Fields = Fields> {
  readonly name: string
  readonly reason: ReasonCode
  readonly family: Exclude<Family, "conduct">
  /** Part of the way to certainty that one alarm moves its family: 0.45 takes four alarms in a row to 0.9. */
  readonly gain: number
  readonly needs: Needs
  /** What it remembers. Names must differ from those of all other detectors that need the same. */
  readonly fields: Own
  /** Whether a value that is no number is its alarm. No detector is shown such a value. */
  readonly alarmsOnNaN?: boolean
  /** The first of what it needs. For readings alone, and only where it may be learned. */
  start?(memory: MemoryFor<Needs, Own>, seen: Inputs[Needs]["seen"]): void
  /**
   * Looks at what came, after the shared fields have moved and before anything is learned of it. Called also while too
   * little is known to alarm: then the answer does not count.
   * @returns whether it alarms
   */
  observe(memory: MemoryFor<Needs, Own>, seen: Inputs[Needs]["seen"], config: DetectionConfig): boolean
  /** Learns from what alarmed no detector, after the shared fields have learned. For readings alone. */
  learn?(memory: MemoryFor<Needs, Own>, seen: Inputs[Needs]["seen"], config: DetectionConfig): void
}

/** Declares a detector; the types of its memory follow from `needs` and `fields`. */
export const detector = <const Needs extends Input, const Own extends Fields>(
  declared: Detector<Needs, Own>,
): Detector<Needs, Own> => declared
