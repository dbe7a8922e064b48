/**
 * What a class of devices said in one window of time, as an aggregator of the bundle has signed it: knowledge of the kind `cohort`.
 * It compares and reports. Nothing that it says moves trust: its key is online.
 */

/** One measurement of the class. */
export interface CohortMeasurement {
  /** The part of the name that devices of a class share (`tailOf`). */
  readonly name: string
  /** Devices that said it. */
  readonly devices: number
  /** Of the devices' own means: the median, and the median distance from it. */
  readonly median: number
  readonly spread: number
  /** Whether more than half of them have left what they said before, all to one side. */
  readonly moved: "up" | "down" | null
}

/** A release that explains which devices of the class misbehave. */
export interface CohortRelease {
  readonly version: string
  readonly digest: string
  /** Devices that run it by their own word, and how many of them misbehave; the same of all other devices. */
  readonly devices: number
  readonly misbehaving: number
  readonly others: number
  readonly othersMisbehaving: number
}

/** Times in milliseconds since 1970, by the log. */
export interface Cohort {
  /** Minutes since 1970 of `to`: a later window is a later version. */
  readonly version: number
  readonly vendor: string
  readonly class: string
  readonly from: number
  readonly to: number
  readonly measurements: ReadonlyArray<CohortMeasurement>
  /** Left out: no release is the common cause of anything. */
  readonly releases?: ReadonlyArray<CohortRelease> | undefined
}

/** Fewer devices are no class to compare with. */
export const COHORT_DEVICES = 8
/** How long a window counts after its end. */
export const COHORT_LIFE_MS = 2 * 3_600_000

/** Neither has a slash. */
export const cohortSubject = (vendor: string, deviceClass: string): string => `${vendor}/${deviceClass}`

/** What of a resolved SenML name is left without the base name that tells one device from another. */
export const tailOf = (name: string): string => name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf(":")) + 1)
