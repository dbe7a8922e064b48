/**
 * A device among its class: is a change that it reports one that the class shows (`class-changes.ts` of @assay/detection), and does it
 * stand apart from what an aggregator has signed of the class? The signed statistics never take a charge away: they annotate,
 * and they end an incident that this partition alone believes in. Lives for one message.
 */
import {
  BREAKER,
  type Breaker,
  countChange,
  countDevice,
  type DeviceDraft,
  type MeasurementDraft,
  nameHash,
  OUTSIDE,
  reportedOf,
  standsSince,
  windowOf,
} from "@assay/detection"
import {
  type Active,
  type AuditDraft,
  COHORT_DEVICES,
  type Cohort,
  type CohortMeasurement,
  cohortSubject,
  itemKey,
  type Knowledge,
  type ReasonCode,
  type Subject,
  type TrustState,
  tailOf,
} from "@assay/trust"
import { joined, NO_REASONS } from "@assay/trust/kit"

/** Spreads of the class beyond which a value stands apart. Half of all devices lie within one. */
const APART = 12
/** Values that are learned of a device before it is known to have stood within its class. */
const KNOWN = 16
/** Measurements of a device whose reports are counted: two bits of `classReported` each. */
const COUNTED = 8

const CHANGE: ReadonlyArray<ReasonCode> = ["anomaly.class_change"]
const OUTLIER: ReadonlyArray<ReasonCode> = ["anomaly.class_outlier"]

type Draft = ReturnType<typeof BREAKER.draft>

export class ClassView {
  readonly #time: number
  readonly #class: number
  readonly #cohort: Cohort | null
  readonly #before: Breaker | undefined
  readonly #subject: Subject
  #draft: Draft | null = null
  /** A charge became part of an incident of the class; a value stands apart from the class. */
  #isChange = false
  #isOutlier = false
  readonly events: Array<AuditDraft> = []

  constructor(subject: Subject, time: number, before: Breaker | undefined, { items }: Knowledge) {
    this.#subject = subject
    this.#time = time
    this.#before = before
    const { id, key } = namedBy(subject)
    this.#class = id
    const active = items.get(key) as Active<Cohort> | undefined
    this.#cohort = active !== undefined && active.expires > time ? active.body : null
  }

  /** Counts the device once for its class, in place. */
  heard(device: DeviceDraft): void {
    if (device.class !== this.#class) {
      device.class = this.#class
      device.classReported = 0
      countDevice(this.#open(), this.#class)
    }
    const window = windowOf(this.#time)
    if (device.classWindow === window) return
    device.classWindow = window
    device.classReported = 0
  }

  /**
   * What of a value's signals is held against the device, in place.
   * @param signals of a gauge
   * @param up whether the value lies above those before
   */
  weigh(device: DeviceDraft, name: string, up: boolean, signals: number, trust: TrustState): number {
    // What the roots have declared is no habit of the class.
    const declared = signals & OUTSIDE
    if ((signals & ~reportedOf(signals) & ~OUTSIDE) === 0) return signals
    const index = placeOf(device, nameHash(name))
    if (index < 0 || index >= COUNTED) return signals
    const tail = tailOf(name)
    const reported = { class: this.#class, name: nameHash(tail), up }
    const bit = 1 << (2 * index + Number(up))
    if ((device.classReported & bit) === 0) {
      device.classReported |= bit
      if (countChange(this.#open(), reported, this.#time)) this.events.push(this.#incident(tail, up))
    }
    const since = standsSince(this.#draft ?? this.#before ?? NO_CHANGES, reported, this.#time)
    // What is contained already stays so, and is charged on.
    if (since === null || (trust !== "learning" && trust !== "trusted") || this.#isDenied(tail, up, since))
      return signals
    this.#isChange = true
    return reportedOf(signals) | declared
  }

  /** Whether a value of a gauge stands apart from the class, where the device did not before. */
  compare(
    name: string,
    value: number,
    { samples, origin, level }: Pick<MeasurementDraft, "samples" | "origin" | "level">,
  ): void {
    if (this.#cohort === null || samples < KNOWN) return
    const found = this.#measured(tailOf(name))
    if (found === undefined || found.devices < COHORT_DEVICES || found.spread === 0) return
    const isApart = (at: number): boolean => Math.abs(at - found.median) > APART * found.spread
    if (isApart(value) && !isApart(origin + level)) this.#isOutlier = true
  }

  /** What is to be said of the device among its class. */
  get reasons(): ReadonlyArray<ReasonCode> {
    return joined(this.#isChange ? CHANGE : NO_REASONS, this.#isOutlier ? OUTLIER : NO_REASONS)
  }

  /** The partition's own state, where it changed. Called once, at the end. */
  settle(): Breaker | undefined {
    const draft = this.#draft
    this.#draft = null
    return draft === null ? undefined : BREAKER.seal(draft)
  }

  #open(): Draft {
    this.#draft ??= BREAKER.draft(this.#before)
    return this.#draft
  }

  #measured(tail: string): CohortMeasurement | undefined {
    return this.#cohort?.measurements.find(({ name }) => name === tail)
  }

  /** The whole fleet was measured since the incident began, and did not move that way. */
  #isDenied(tail: string, up: boolean, since: number): boolean {
    if (this.#cohort === null || this.#cohort.from < since) return false
    const found = this.#measured(tail)
    return found !== undefined && found.devices >= COHORT_DEVICES && found.moved !== (up ? "up" : "down")
  }

  #incident(measurement: string, up: boolean): AuditDraft {
    const { vendor, class: cls } = this.#subject
    return {
      kind: "incident",
      detail: JSON.stringify({
        what: "more than half of the devices of a class in this partition report the same change: their alarms of it are not held against them",
        vendor,
        class: cls,
        measurement: measurement.slice(0, 128),
        direction: up ? "up" : "down",
      }),
    }
  }
}

/** Devices of one product share one object, at least within one process. */
const names = new WeakMap<Subject, { readonly id: number; readonly key: string }>()
const namedBy = (subject: Subject): { readonly id: number; readonly key: string } => {
  let found = names.get(subject)
  if (found === undefined) {
    const { vendor, class: cls } = subject
    const name = cohortSubject(vendor, cls)
    found = { id: nameHash(name) || 1, key: itemKey("cohort", name) }
    names.set(subject, found)
  }
  return found
}

const placeOf = ({ measurements }: DeviceDraft, name: number): number => {
  for (let index = 0; index < measurements.length; index++) if (measurements.at(index).name === name) return index
  return -1
}

const NO_CHANGES = BREAKER.seal(BREAKER.draft())
