/**
 * What the devices of each class say in windows of the log's time. A device counts once, by the mean of what it says of a
 * measurement, however often it speaks. Whether a class has moved is asked of each device against its own past.
 *
 * Bounded: so many classes, devices of a class and measurements; what comes beyond is not counted. Memory: some 200 bytes for each
 * device and measurement.
 */
import {
  type AssayedMessage,
  COHORT_DEVICES,
  type Cohort,
  type CohortMeasurement,
  isDelegated,
  tailOf,
} from "@assay/trust"
import { commonCauses, heardOf, newRan, type Ran } from "./releases.ts"
import { medianOf, spreadOf } from "./robust.ts"

export interface AggregatorOptions {
  /** Milliseconds, at most an hour. */
  readonly windowMs: number
}

const CLASSES_MAX = 64
const DEVICES_MAX = 8_192
const MEASUREMENTS_MAX = 16
/** Windows that a device must have been heard in before it can be said to have moved, and how many its past looks back on. */
const PAST_WINDOWS = 4
const LOOKS_BACK = 16
/** Mean deviations of its own past beyond which a device has moved. */
const MOVED = 6
const MINUTE_MS = 60_000

/** A device's own past of one measurement: the mean of its windows, and their mean distance from it. */
interface Past {
  windows: number
  level: number
  deviation: number
}

interface Said {
  sum: number
  count: number
  readonly past: Past
}

interface ClassOf {
  readonly vendor: string
  readonly class: string
  /** By DID, then by the part of the name that devices share. */
  readonly devices: Map<string, Map<string, Said>>
  /** What each of them runs, and whether it misbehaves in this window. */
  readonly ran: Map<string, Ran>
  readonly names: Set<string>
}

export class Aggregator {
  readonly #windowMs: number
  readonly #classes = new Map<string, ClassOf>()
  #from: number | null = null

  constructor({ windowMs }: AggregatorOptions) {
    this.#windowMs = windowMs
  }

  /** Takes what a decided message says, where a credential names its class. Later copies of a message count nothing. */
  add(message: AssayedMessage): void {
    const { claims, subject, readings, decision, time } = message
    if (claims?.kind !== "message" || subject === null || decision?.kind !== "original") return
    // One key that speaks for many devices must make no crowd of them.
    if (isDelegated(claims.iss)) return
    this.#from ??= time - (time % this.#windowMs)
    // What is late belongs to a window that is closed.
    if (time < this.#from) return
    const of = this.#classOf(subject.vendor, subject.class)
    const device = of === null ? null : deviceIn(of, claims.iss)
    if (of === null || device === null) return
    heardOf(ranIn(of, claims.iss), message)
    for (const { name, value } of readings) {
      if (value === null) continue
      const said = saidIn(of, device, tailOf(name))
      if (said === null) continue
      said.sum += value
      said.count += 1
    }
  }

  /** When the window that is open ends, milliseconds by the log; null before anything came. */
  get until(): number | null {
    return this.#from === null ? null : this.#from + this.#windowMs
  }

  /** Ends the window: the statistics of each class that has enough devices in it. The next one begins at `from`. */
  close(from: number): ReadonlyArray<Cohort> {
    const [began, to] = [this.#from, this.until]
    if (began === null || to === null) return []
    this.#from = from - (from % this.#windowMs)
    const found: Array<Cohort> = []
    for (const of of this.#classes.values()) {
      const measurements = [...of.names].flatMap((name) => measured(of, name) ?? [])
      const releases = commonCauses(of.ran.values())
      if (measurements.length === 0) continue
      found.push({
        version: Math.floor(to / MINUTE_MS),
        vendor: of.vendor,
        class: of.class,
        from: began,
        to,
        measurements,
        ...(releases.length === 0 ? {} : { releases }),
      })
    }
    return found
  }

  #classOf(vendor: string, cls: string): ClassOf | null {
    const key = `${vendor}/${cls}`
    let found = this.#classes.get(key)
    if (found === undefined) {
      if (this.#classes.size === CLASSES_MAX) return null
      found = { vendor, class: cls, devices: new Map(), ran: new Map(), names: new Set() }
      this.#classes.set(key, found)
    }
    return found
  }
}

/** Of a device that is counted (`deviceIn`), which bounds how many there are. */
const ranIn = ({ ran }: ClassOf, did: string): Ran => {
  const found = ran.get(did) ?? newRan()
  ran.set(did, found)
  return found
}

const deviceIn = ({ devices }: ClassOf, did: string): Map<string, Said> | null => {
  let found = devices.get(did)
  if (found === undefined) {
    if (devices.size === DEVICES_MAX) return null
    found = new Map()
    devices.set(did, found)
  }
  return found
}

const saidIn = ({ names }: ClassOf, device: Map<string, Said>, name: string): Said | null => {
  let found = device.get(name)
  if (found === undefined) {
    if (!names.has(name) && names.size === MEASUREMENTS_MAX) return null
    names.add(name)
    found = { sum: 0, count: 0, past: { windows: 0, level: 0, deviation: 0 } }
    device.set(name, found)
  }
  return found
}

/** Closes the window for one measurement, in place. Null where too few devices said it. */
const measured = ({ devices, ran }: ClassOf, name: string): CohortMeasurement | null => {
  const means: Array<number> = []
  let up = 0
  let down = 0
  for (const [did, device] of devices) {
    const said = device.get(name)
    if (said === undefined || said.count === 0) continue
    const mean = said.sum / said.count
    said.sum = 0
    said.count = 0
    means.push(mean)
    const moved = movedOf(said.past, mean)
    if (moved > 0) up++
    if (moved < 0) down++
    if (moved !== 0) ran.get(did)!.misbehaves = true
    remember(said.past, mean)
  }
  if (means.length < COHORT_DEVICES) return null
  const median = medianOf(means)
  const half = means.length / 2
  return {
    name,
    devices: means.length,
    median,
    spread: spreadOf(means, median),
    moved: up > half ? "up" : down > half ? "down" : null,
  }
}

/** 1 or -1 where the mean lies far from what the device said before; 0 where it does not, or its past is not known. */
const movedOf = ({ windows, level, deviation }: Past, mean: number): -1 | 0 | 1 => {
  if (windows < PAST_WINDOWS || deviation === 0) return 0
  const far = (mean - level) / deviation
  return far > MOVED ? 1 : far < -MOVED ? -1 : 0
}

const remember = (past: Past, mean: number): void => {
  past.windows = Math.min(LOOKS_BACK, past.windows + 1)
  if (past.windows === 1) past.level = mean
  else {
    past.deviation += (Math.abs(mean - past.level) - past.deviation) / Math.min(past.windows - 1, LOOKS_BACK)
    past.level += (mean - past.level) / past.windows
  }
}
