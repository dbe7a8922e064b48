/** What a profile declares of a measurement, against what the values show. */
import type { DeclaredKind } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"
import type { Declared } from "../src/declared.ts"
import { outsideDeclared } from "../src/detectors/declared.ts"
import { countMessage, observe, reasonsOf, signalsOf } from "../src/detectors/index.ts"
import { addMeasurement } from "../src/device.ts"
import { counterBack } from "../src/kinds/counter.ts"
import { calm, times } from "./detectors/series.ts"
import { newDevice } from "./device.ts"

const START = 1_700_000_000
const DAY = 86_400
const DAY_MS = DAY * 1000

const declared = (kind: DeclaredKind | null, more: Partial<Declared> = {}): Declared => ({
  id: 1,
  kind,
  periodMs: 0,
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
  ...more,
})

/** Signal sets of a series under a declaration, so many seconds apart. */
const play = (
  series: ReadonlyArray<number>,
  by: Declared | null,
  { seconds = 60, memory = addMeasurement(newDevice(0), 1), free = false, from = START } = {},
) =>
  series.map((value, n) =>
    observe(memory, value, { time: from + n * seconds, learn: true, free, declared: by }, config),
  )

const said = (signals: ReadonlyArray<number>): ReadonlyArray<string> => signals.flatMap((one) => reasonsOf(one))

describe("a declared kind is judged by its own rule from the first value on", () => {
  it("a counter that goes back with its third value: said, and held against it, also on the first day", () => {
    const back = play([100, 101, 40, 41, 42], declared("counter"))
    expect(said(back)).toEqual(["anomaly.counter_back"])
    expect(back[2]).toBe(signalsOf(counterBack))
    expect(said(play([100, 101, 40, 41, 42], null))).toEqual([])
    const later = play([100, 101, 102, 40], declared("counter"), { seconds: 3 * 3600 })
    expect(later.at(-1)).toBe(signalsOf(counterBack))
  })
  it("a counter rests and runs faster as a learned one does", () => {
    const memory = addMeasurement(newDevice(0), 1)
    expect(
      said(
        play(
          times(60, (i) => 1000 + 2 * i),
          declared("counter"),
          { memory },
        ),
      ),
    ).toEqual([])
    expect(memory.kind).toBe("counter")
    expect(said(play([1118 + 40], declared("counter"), { memory, from: START + 3600 }))).toEqual([
      "anomaly.counter_rate",
    ])
  })
  it("a constant that moves: each time", () => {
    expect(said(play([50, 50, 500, 500, 50], declared("constant")))).toEqual([
      "anomaly.constant_moved",
      "anomaly.constant_moved",
    ])
  })
  it("a state is one from its first values on, and needs no 32 samples to become it", () => {
    const memory = addMeasurement(newDevice(0), 1)
    expect(said(play([0, 1, 0, 1, 0, 1, 0, 1], declared("state"), { memory }))).toEqual([])
    expect(memory.kind).toBe("state")
    const many = times(64, (i) => i % 2)
    play(many, declared("state"), { memory, from: START + 600 })
    expect(said(play([0, 7], declared("state"), { memory, from: START + 6000 }))).toEqual(["anomaly.new_state"])
  })
  it("a gauge may rest, and its first move is no news", () => {
    const memory = addMeasurement(newDevice(0), 1)
    const battery = [...times(40, () => 100), ...times(40, () => 99), ...times(40, () => 98)]
    expect(said(play(battery, declared("gauge"), { memory }))).toEqual([])
    expect(memory.kind).toBe("coarse")
    expect(said(play(battery, null))).toEqual(["anomaly.constant_moved"])
  })
  it("a gauge that only rises for a while is none the less a gauge", () => {
    const memory = addMeasurement(newDevice(0), 1)
    play(
      times(60, (i) => i),
      declared("gauge"),
      { memory },
    )
    expect(memory.kind).toBe("gauge")
  })
})

describe("a declared range", () => {
  it("counts from the first value on, on the first day, and while a change is learned", () => {
    const range = declared(null, { min: 0, max: 100 })
    const bit = signalsOf(outsideDeclared)
    expect(play([101], range)).toEqual([bit])
    expect(play([50, 50, -1, 0, 100], range).map((one) => one & bit)).toEqual([0, 0, bit, 0, 0])
    expect(play([50, 120], range, { free: true })[1]! & bit).toBe(bit)
  })
})

describe("what contradicts a declaration is said once, and then what is learned counts", () => {
  const contradicted = (series: ReadonlyArray<number>, kind: DeclaredKind) => {
    const memory = addMeasurement(newDevice(0), 1)
    const alarms = play(series, declared(kind), { memory })
    const at = alarms.flatMap((one, n) => (reasonsOf(one).includes("anomaly.declaration_contradicted") ? [n] : []))
    return { times: at.length, kind: memory.kind }
  }
  it("a counter that moves as a gauge does", () => {
    expect(contradicted(calm(200), "counter")).toEqual({ times: 1, kind: "gauge" })
  })
  it("a constant that moves all the time", () => {
    expect(contradicted(calm(60), "constant")).toEqual({ times: 1, kind: "gauge" })
  })
  it("a state of too many values", () => {
    expect(
      contradicted(
        times(80, (i) => (i * 7) % 31),
        "state",
      ),
    ).toEqual({ times: 1, kind: "gauge" })
  })
  it("a gauge that only ever rises", () => {
    expect(
      contradicted(
        times(300, (i) => 2 * i),
        "gauge",
      ),
    ).toEqual({ times: 1, kind: "counter" })
  })
  it("no other kind contradicts itself", () => {
    expect(
      contradicted(
        times(300, (i) => 2 * i),
        "counter",
      ).times,
    ).toBe(0)
    expect(
      contradicted(
        times(300, (i) => Number(i % 50 < 10)),
        "state",
      ).times,
    ).toBe(0)
    expect(
      contradicted(
        times(300, () => 7),
        "constant",
      ).times,
    ).toBe(0)
    expect(contradicted(calm(300), "gauge").times).toBe(0)
  })
  it("a declaration that changed is examined anew", () => {
    const memory = addMeasurement(newDevice(0), 1)
    play(calm(100), declared("counter"), { memory })
    expect(memory.kind).toBe("gauge")
    expect(said(play(calm(100), declared("counter", { id: 2 }), { memory, from: START + DAY }))).toContain(
      "anomaly.declaration_contradicted",
    )
    expect(said(play(calm(20), declared("gauge", { id: 3 }), { memory, from: START + 2 * DAY }))).toEqual([])
  })
})

describe("a declared period", () => {
  const report = (gapMs: ReadonlyArray<number>, periodMs: number) => {
    let time = START * 1000
    const device = newDevice(time)
    return gapMs.flatMap((gap, seq) => {
      time += gap
      const sent = { time, iat: time / 1000, epo: 0, seq, periodMs }
      const memory = device.measurements.length === 0 ? addMeasurement(device, 1) : device.measurements.at(0)
      const arrived = countMessage(device, sent, true, config)
      const by = declared(null, { periodMs })
      const look = { time: time / 1000, learn: true, free: false, declared: by, rhythm: device }
      return reasonsOf(arrived | observe(memory, 20 + (seq % 2), look, config)).map((reason) => `${seq} ${reason}`)
    })
  }
  it("says silence before a rhythm is learned", () => {
    expect(report([1000, 3 * 60_000, 21 * 60 * 60_000], 60_000)).toEqual(["2 anomaly.silence"])
    expect(report([1000, 3 * 60_000, 21 * 60 * 60_000], 0)).toEqual([])
  })
  it("lets a device be silent for as long as is declared, however often it spoke before", () => {
    const tested = [...times(12, () => 60_000), 25 * DAY_MS]
    expect(report(tested, 30 * DAY_MS)).toEqual([])
    expect(report(tested, 0)).toEqual(["12 anomaly.silence"])
  })
  it("is contradicted by values that come far more often, or far less, and by no loss or long absence", () => {
    expect(
      report(
        times(40, () => 60_000),
        900_000,
      ),
    ).toEqual(["16 anomaly.declaration_contradicted"])
    expect(
      report(
        times(40, () => 900_000),
        60_000,
      ),
    ).toEqual(["16 anomaly.declaration_contradicted"])
    expect(report([...times(40, () => 60_000), DAY_MS / 25, ...times(40, () => 120_000)], 60_000)).toEqual([])
  })
})
