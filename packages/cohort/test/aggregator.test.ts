import { SAMPLES } from "@assay/testkit/samples"
import type { AssayedMessage, Cohort } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Aggregator } from "../src/aggregator.ts"

const WINDOW = 600_000
const START = 1_760_000_400_000 - (1_760_000_400_000 % WINDOW)
const SAMPLE = SAMPLES["assayed-message.v3.full"] as AssayedMessage

const say = (device: number, value: number, time: number, over: Partial<AssayedMessage> = {}): AssayedMessage => {
  const claims = SAMPLE.claims as Extract<AssayedMessage["claims"], { kind: "message" }>
  const iss = `did:key:z${device}`
  const reading = {
    name: `urn:dev:${device}:/temperature`,
    unit: "Cel",
    value,
    text: null,
    flag: null,
    time: time / 1000,
  }
  return {
    ...SAMPLE,
    time,
    claims: { ...claims, iss },
    subject: { vendor: "acme", class: "sensor", assurance: "software" },
    readings: [reading],
    decision: { ...SAMPLE.decision!, kind: "original", supersedes: null },
    ...over,
  }
}

/** Windows of a class whose devices say what `value` gives; the statistics of each. */
const windows = (
  count: number,
  devices: number,
  value: (device: number, window: number) => number,
  each = 1,
): ReadonlyArray<Cohort | undefined> => {
  const aggregator = new Aggregator({ windowMs: WINDOW })
  return Array.from({ length: count }, (_, window) => {
    const from = START + window * WINDOW
    for (let device = 0; device < devices; device++)
      for (let n = 0; n < each; n++) aggregator.add(say(device, value(device, window), from + 1000 + n))
    return aggregator.close(from + WINDOW)[0]
  })
}

const honest = (device: number, window: number): number => 20 + (device % 9) + Math.sin(device + 2 * window)

describe("the statistics of a class", () => {
  it("name median, spread, and how many devices said it, each counted once however often it speaks", () => {
    const [first] = windows(1, 9, (device) => device, 5)
    expect(first).toMatchObject({ vendor: "acme", class: "sensor", from: START, to: START + WINDOW })
    expect(first!.version).toBe((START + WINDOW) / 60_000)
    expect(first!.measurements).toEqual([{ name: "temperature", devices: 9, median: 4, spread: 2, moved: null }])
  })

  it("are none where there are too few devices", () => {
    expect(windows(1, 7, honest)).toEqual([undefined])
  })

  it("say that the class has moved where more than half of its devices left their own past to one side", () => {
    const moved = windows(9, 20, (device, window) => honest(device, window) + (window === 8 ? 50 : 0))
    expect(moved.map((one) => one!.measurements[0]!.moved)).toEqual([...Array(8).fill(null), "up"])
    const fell = windows(9, 20, (device, window) => honest(device, window) - (window === 8 ? 50 : 0))
    expect(fell.at(-1)!.measurements[0]!.moved).toBe("down")
  })

  it.each([1, 5, 9])("are moved by no minority: %i of 20 that say what they like", (compromised) => {
    for (const said of [1e9, -1e9, 83]) {
      const quiet = windows(9, 20, honest).at(-1)!.measurements[0]!
      const found = windows(9, 20, (device, window) =>
        device < compromised && window >= 4 ? said : honest(device, window),
      ).at(-1)!.measurements[0]!
      expect(found.moved).toBeNull()
      // Within what honest devices say.
      expect(found.median).toBeGreaterThanOrEqual(18)
      expect(found.median).toBeLessThanOrEqual(30)
      expect(found.spread).toBeLessThanOrEqual(10)
      expect(Math.abs(found.median - quiet.median)).toBeLessThanOrEqual(10)
    }
  })

  it("count no message twice, and none whose device no credential names", () => {
    const aggregator = new Aggregator({ windowMs: WINDOW })
    for (let device = 0; device < 9; device++) {
      aggregator.add(say(device, 1, START + 1))
      const { decision } = SAMPLE
      aggregator.add(say(device, 100, START + 2, { decision: { ...decision!, kind: "released" } }))
      aggregator.add(say(device, 100, START + 3, { subject: null }))
      // Of a window that is closed.
      aggregator.add(say(device, 100, START - WINDOW))
    }
    expect(aggregator.close(START + WINDOW)[0]!.measurements[0]).toMatchObject({ median: 1, spread: 0 })
  })
})
