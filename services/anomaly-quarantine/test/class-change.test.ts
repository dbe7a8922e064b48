/** A device among its class: a change that the class shows, and what an aggregator has signed of it. */
import { CLASS_DEVICES, CLASS_WINDOW_MS, CLASS_WINDOWS_MAX } from "@assay/detection"
import {
  type Active,
  COHORT_LIFE_MS,
  type Cohort,
  type CohortMeasurement,
  type ControlFact,
  itemKey,
  knowledgeOf,
  NO_KNOWLEDGE,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Harness } from "./harness.ts"

const MINUTE = 60_000
const SENSOR = { vendor: "acme", class: "sensor", assurance: "software" } as const
const deviceOf = (n: number): string => `did:key:z${n}`
const nameOf = (device: string): string => `urn:dev:${device}:/temperature`

/** Devices of one class, each at a level of its own, with a day of past: alarms are held against them. */
class Fleet extends Harness {
  readonly devices: ReadonlyArray<string>
  private said = 0

  constructor(count: number) {
    super()
    this.subject = SENSOR
    this.devices = Array.from({ length: count }, (_, n) => deviceOf(n))
    for (const device of this.devices) this.admit(device)
    // Five minutes apart, for thirty hours.
    for (let round = 0; round < 360; round++) this.round(() => 0)
  }

  level(device: string): number {
    return 20 + (this.devices.indexOf(device) % 7)
  }

  /** All of them say a value once. @param by how far that of a device lies from what it usually says */
  round(by: (device: string) => number, gapMs = 5 * MINUTE): ReadonlyMap<string, ReadonlyArray<string>> {
    this.time += gapMs
    this.said++
    const found = new Map<string, ReadonlyArray<string>>()
    for (const device of this.devices) {
      const wave = Math.sin(this.said * 1.7 + this.devices.indexOf(device))
      const value = this.level(device) + wave + by(device)
      const said = this.say(device, { name: nameOf(device), values: [value], time: 0 })
      found.set(device, said.verdict.reasons)
    }
    return found
  }

  statesOf(devices: ReadonlyArray<string> = this.devices): Readonly<Record<string, number>> {
    const states: Record<string, number> = {}
    for (const device of devices) states[this.trust(device)] = (states[this.trust(device)] ?? 0) + 1
    return states
  }

  incidents(): ReadonlyArray<Record<string, unknown>> {
    return this.events.flatMap((event) => (event.kind === "incident" ? [JSON.parse(event.detail)] : []))
  }
}

/** Statistics of the class as they are in force, whoever signed them. */
const cohortOf = (
  time: number,
  measured: Partial<CohortMeasurement> = {},
  over: Partial<Cohort> = {},
): Active<Cohort> => {
  const measurement = { name: "temperature", devices: 50, median: 23, spread: 1, moved: null, ...measured }
  const window = { from: time - 10 * MINUTE, to: time, version: Math.floor(time / MINUTE) }
  const body: Cohort = { ...window, vendor: "acme", class: "sensor", measurements: [measurement], ...over }
  return { hash: "c0".repeat(32), version: body.version, expires: body.to + COHORT_LIFE_MS, body }
}
const inForce = (cohort: Active<Cohort>) => knowledgeOf(new Map([[itemKey("cohort", "acme/sensor"), cohort]]))

describe("a change that the whole class shows", () => {
  it("is one incident, and watches nobody", () => {
    const fleet = new Fleet(20)
    expect(fleet.statesOf()).toEqual({ trusted: 20 })
    const all = Array.from({ length: 12 }, () => fleet.round(() => 60))
    expect(fleet.statesOf()).toEqual({ trusted: 20 })
    expect(fleet.incidents()).toEqual([
      expect.objectContaining({ vendor: "acme", class: "sensor", measurement: "temperature", direction: "up" }),
    ])
    // It is said with each message, which is no more than annotated.
    for (const reasons of all.at(-1)!.values())
      expect(reasons).toEqual(expect.arrayContaining(["anomaly.novel_range", "anomaly.class_change"]))
  })

  it("is held against each device that shows it to the other side, or of another measurement", () => {
    const fleet = new Fleet(20)
    const contrary = fleet.devices[0]!
    for (let n = 0; n < 12; n++) fleet.round((device) => (device === contrary ? -60 : 60))
    expect(fleet.trust(contrary)).toBe("watched")
    expect(fleet.statesOf(fleet.devices.slice(1))).toEqual({ trusted: 19 })
  })

  it("takes no device out of what it is in already", () => {
    const fleet = new Fleet(20)
    const watched = fleet.devices[0]!
    for (let n = 0; n < 6; n++) fleet.round((device) => (device === watched ? 60 : 0))
    expect(fleet.trust(watched)).toBe("watched")
    for (let n = 0; n < 30; n++) fleet.round(() => 60)
    expect(fleet.trust(watched)).toBe("watched")
  })

  it("ends: an incident stands for a day at most, and then rests for as long", () => {
    const fleet = new Fleet(8)
    const shown = (from: number): boolean => {
      let said = false
      for (let n = 0; n < 4; n++)
        for (const reasons of fleet.round((device) => from + 500 * n * (1 + fleet.devices.indexOf(device))).values())
          said ||= reasons.includes("anomaly.class_change")
      return said
    }
    const windows: Array<boolean> = []
    for (let window = 0; window < 2 * CLASS_WINDOWS_MAX; window++) {
      windows.push(shown(1e4 * 10 ** (window / 2)))
      fleet.time += CLASS_WINDOW_MS - 20 * MINUTE
    }
    expect(windows.slice(0, CLASS_WINDOWS_MAX)).toEqual(Array(CLASS_WINDOWS_MAX).fill(true))
    expect(windows.slice(CLASS_WINDOWS_MAX)).not.toContain(true)
  })
})

describe("a minority of compromised devices", () => {
  it.each([1, CLASS_DEVICES - 1, CLASS_DEVICES, 9, 10])(
    "of %i in 20 opens no incident, and each is watched",
    (count) => {
      const fleet = new Fleet(20)
      const compromised = fleet.devices.slice(0, count)
      for (let n = 0; n < 40; n++) fleet.round((device) => (compromised.includes(device) ? 60 : 0))
      expect(fleet.incidents()).toEqual([])
      expect(fleet.statesOf(compromised)).toEqual({ watched: count })
      expect(fleet.statesOf(fleet.devices.slice(count))).toEqual({ trusted: 20 - count })
    },
  )

  it("opens none by speaking first or alone in a window", () => {
    const fleet = new Fleet(20)
    const compromised = fleet.devices.slice(0, 8)
    fleet.time += 3 * CLASS_WINDOW_MS
    for (let n = 0; n < 12; n++)
      for (const device of compromised) {
        fleet.time += 1000
        fleet.say(device, { name: nameOf(device), values: [fleet.level(device) + 60 + n], time: 0 })
      }
    expect(fleet.incidents()).toEqual([])
    expect(fleet.statesOf(compromised)).toEqual({ watched: 8 })
  })

  it("opens none by names of its own, as many as it likes", () => {
    const fleet = new Fleet(20)
    const compromised = fleet.devices.slice(0, 9)
    const sayAll = (tails: ReadonlyArray<string>, by: number): void => {
      fleet.time += 5 * MINUTE
      for (const device of compromised)
        for (const tail of tails) fleet.say(device, { name: `urn:dev:${device}:/${tail}`, values: [by], time: 0 })
    }
    for (let n = 0; n < 40; n++) sayAll(["a", "b", "c", "d", "e", "f"], n % 3)
    for (let n = 0; n < 4; n++) sayAll(["a", "b", "c", "d", "e", "f"], 500 + n)
    for (let n = 0; n < 12; n++) sayAll(["temperature"], 500 + n)
    expect(fleet.incidents()).toEqual([])
    expect(fleet.statesOf(compromised)).toEqual({ watched: 9 })
  })
})

/** Whoever holds the aggregator's key can sign anything that the kind can say. */
const FORGERIES: ReadonlyArray<readonly [string, Partial<CohortMeasurement>]> = [
  ["that the class moved up", { moved: "up" }],
  ["that the class moved down", { moved: "down" }],
  ["that the class is where the device is", { median: 83, spread: 1e9, moved: "up" }],
  ["that the class is elsewhere", { median: -1e6, spread: 1e-3 }],
]

describe("a thief of the aggregator's key", () => {
  it.each(FORGERIES)("who signs %s takes no charge away", (_, forged) => {
    const run = (sign: boolean) => {
      const fleet = new Fleet(20)
      const compromised = fleet.devices.slice(0, 3)
      for (let n = 0; n < 20; n++) {
        if (sign) fleet.knowledge = inForce(cohortOf(fleet.time, forged))
        fleet.round((device) => (compromised.includes(device) ? 60 : 0))
      }
      return fleet.devices.map((device) => {
        const { trust, good, bad, suspicion, cause } = fleet.device(device)!
        return { trust, good, bad, suspicion: [...suspicion], cause }
      })
    }
    // Trust, reputation and suspicion of everybody are the same, of the compromised and of the honest.
    expect(run(true)).toEqual(run(false))
  })

  it.each(FORGERIES)("who signs %s releases and restores nobody", (_, forged) => {
    const fleet = new Fleet(8)
    const [watched, quarantined, revoked] = fleet.devices
    for (let n = 0; n < 6; n++) fleet.round((device) => (device === watched ? 60 : 0))
    fleet.command("quarantine", quarantined!, ["did:key:zO1"])
    fleet.command("revoke", revoked!, ["did:key:zO1", "did:key:zO2"])
    const before = fleet.devices.map((device) => fleet.trust(device))
    expect(before.slice(0, 3)).toEqual(["watched", "quarantined", "revoked"])
    for (let n = 0; n < 12; n++) {
      const cohort = cohortOf(fleet.time, forged)
      fleet.knowledge = inForce(cohort)
      const what = { kind: "activation", item: "cohort", hash: cohort.hash, version: cohort.version } as const
      const accepted: ControlFact = { accepted: true, reasons: [], what }
      fleet.control(accepted)
      fleet.round((device) => (device === watched ? 60 : 0))
    }
    expect(fleet.devices.map((device) => fleet.trust(device))).toEqual(before)
  })
})

describe("signed statistics that name a release", () => {
  const release = {
    version: "2.0",
    digest: "bb".repeat(32),
    devices: 9,
    misbehaving: 8,
    others: 11,
    othersMisbehaving: 0,
  }
  const activate = (fleet: Fleet, releases: Cohort["releases"]) => {
    const cohort = cohortOf(fleet.time, {}, releases === undefined ? {} : { releases })
    fleet.knowledge = inForce(cohort)
    const what = { kind: "activation", item: "cohort", hash: cohort.hash, version: cohort.version } as const
    fleet.control({ accepted: true, reasons: [], what })
  }

  it("as the common cause are one incident for as long as they say the same, and move nobody", () => {
    const fleet = new Fleet(9)
    const before = fleet.statesOf()
    activate(fleet, [release])
    activate(fleet, [{ ...release, misbehaving: 9 }])
    expect(fleet.incidents()).toEqual([
      expect.objectContaining({
        ...release,
        vendor: "acme",
        class: "sensor",
        waves: [],
        what: expect.stringContaining("common cause"),
      }),
    ])
    activate(fleet, undefined)
    activate(fleet, [release])
    expect(fleet.incidents()).toHaveLength(2)
    expect(fleet.statesOf()).toEqual(before)
  })
})

describe("signed statistics of the class", () => {
  it("annotate a device that leaves its class, and charge it nothing for that", () => {
    const fleet = new Fleet(10)
    const device = fleet.devices[0]!
    const sayBy = (by: number) => fleet.round((one) => (one === device ? by : 0)).get(device)!
    fleet.knowledge = inForce(cohortOf(fleet.time, { median: 20, spread: 0.2 }))
    expect(sayBy(0)).toEqual([])
    // Within its own range, and beyond what the class says: 12 spreads.
    fleet.knowledge = inForce(cohortOf(fleet.time, { median: 20, spread: 0.06 }))
    const reasons = Array.from({ length: 6 }, () => sayBy(0)).flat()
    expect(new Set(reasons)).toEqual(new Set(["anomaly.class_outlier"]))
    expect(fleet.trust(device)).toBe("trusted")
  })

  it("say nothing of a device that always stood apart, of few devices, or after their time", () => {
    const fleet = new Fleet(10)
    const outliers = () => [...fleet.round(() => 0).values()].flat()
    fleet.knowledge = inForce(cohortOf(fleet.time, { median: 500, spread: 0.1 }))
    expect(outliers()).toEqual([])
    fleet.knowledge = inForce(cohortOf(fleet.time, { median: 20, spread: 0.01, devices: 7 }))
    expect(outliers()).toEqual([])
    fleet.knowledge = inForce(cohortOf(fleet.time - COHORT_LIFE_MS - MINUTE, { median: 20, spread: 0.01 }))
    expect(outliers()).toEqual([])
    fleet.knowledge = inForce(cohortOf(fleet.time, { median: 20, spread: 0.01 }))
    expect(outliers()).not.toEqual([])
    fleet.knowledge = NO_KNOWLEDGE
    expect(outliers()).toEqual([])
  })

  it("end an incident in which this partition alone believes", () => {
    const fleet = new Fleet(20)
    const compromised = fleet.devices.slice(0, 15)
    const round = () => fleet.round((device) => (compromised.includes(device) ? 60 : 0))
    for (let n = 0; n < 6; n++) round()
    expect(fleet.statesOf(compromised)).toEqual({ trusted: 15 })
    // The other partitions have moved nowhere since.
    fleet.time += 20 * MINUTE
    for (let n = 0; n < 8; n++) {
      fleet.knowledge = inForce(cohortOf(fleet.time, { moved: null, median: 23, spread: 1e3 }))
      round()
    }
    expect(fleet.statesOf(compromised)).toEqual({ watched: 15 })
  })

  it("are one incident for as long as they say that the class has moved, in the partition that records it", () => {
    const fleet = new Harness()
    const activate = (moved: CohortMeasurement["moved"], elsewhere = false) => {
      fleet.time += 10 * MINUTE
      const cohort = cohortOf(fleet.time, { moved })
      fleet.knowledge = inForce(cohort)
      const what = { kind: "activation", item: "cohort", hash: cohort.hash, version: cohort.version } as const
      const { events } = fleet.control({ accepted: true, reasons: [], what, ...(elsewhere ? { elsewhere: true } : {}) })
      return events.map(({ kind }) => kind)
    }
    expect(activate(null)).toEqual(["control"])
    expect(activate("up", true)).toEqual(["control"])
    expect(activate("up")).toEqual(["control", "incident"])
    expect(activate("up")).toEqual(["control"])
    expect(activate(null)).toEqual(["control"])
    expect(activate("up")).toEqual(["control", "incident"])
  })
})
