import { join } from "node:path"
import { readMeasured } from "@assay/cli/capacity"
import { randomOf } from "@assay/fleet"
import { describe, expect, it } from "vitest"
import { poisson } from "../../src/simulate/draws.ts"
import { Agenda } from "../../src/simulate/events.ts"
import { Durations } from "../../src/simulate/histogram.ts"
import { Partitions } from "../../src/simulate/partitions.ts"
import { Queue } from "../../src/simulate/queue.ts"
import { caughtUp, firstFull, type Moment, playRegion, type Resource } from "../../src/simulate/region.ts"
import { callOf } from "../../src/simulate/report.ts"
import { sizingOf } from "../../src/simulate/sizing.ts"
import { readWorld, worldOf } from "../../src/simulate/world.ts"

const FILE = join(import.meta.dirname, "../../simulate/world.json")
const WORLD = readWorld(FILE)

describe("the agenda", () => {
  it("gives events by time, and in order of entry where times are equal", () => {
    const agenda = new Agenda()
    const random = randomOf("agenda")
    const times = Array.from({ length: 500 }, () => random.below(50))
    for (const [version, at] of times.entries()) agenda.add({ at, partition: 0, stage: 0, kind: "begin", version })
    const seen: Array<readonly [number, number]> = []
    for (let event = agenda.next(40); event !== null; event = agenda.next(40)) seen.push([event.at, event.version])
    const wanted = times
      .map((at, version) => [at, version] as const)
      .filter(([at]) => at <= 40)
      .sort(([a, one], [b, other]) => a - b || one - other)
    expect(seen).toEqual(wanted)
  })
})

describe("what is drawn", () => {
  it.each([0.5, 20, 400])("arrivals have the mean and the variance of independent ones: %d", (mean) => {
    const random = randomOf(`poisson ${mean}`)
    const counts = Array.from({ length: 20_000 }, () => poisson(random, mean))
    const average = counts.reduce((sum, one) => sum + one, 0) / counts.length
    const variance = counts.reduce((sum, one) => sum + (one - average) ** 2, 0) / counts.length
    expect(average / mean).toBeCloseTo(1, 1)
    expect(variance / mean).toBeCloseTo(1, 1)
  })
})

describe("a queue", () => {
  it("gives the oldest first, and loses none", () => {
    const queue = new Queue(randomOf("queue"))
    queue.add({ from: 0, to: 10, count: 100 })
    queue.add({ from: 10, to: 11, count: 5 })
    expect(queue.oldest).toBe(0)
    const [first] = queue.take(30)
    expect(first).toEqual({ from: 0, to: 3, count: 30 })
    expect(queue.oldest).toBe(3)
    const rest = queue.take(1_000)
    expect(rest.reduce((sum, { count }) => sum + count, 0)).toBe(75)
    expect([queue.waiting, queue.oldest]).toEqual([0, null])
  })
})

describe("durations", () => {
  it("have percentiles within 1 %", () => {
    const durations = new Durations()
    for (let ms = 1; ms <= 10_000; ms++) durations.add(ms / 1_000, 1)
    expect(durations.percentile(0.5) / 5).toBeCloseTo(1, 1)
    expect(durations.percentile(0.99) / 9.9).toBeCloseTo(1, 1)
    expect([durations.max, durations.mean]).toEqual([10, 5.0005])
  })
})

describe("partitions", () => {
  const model = {
    stages: ["first", "second"].map((name) => ({ name, message: 0.0002, commit: 0.001 })),
    ...{ commitSeconds: 0.01, readSeconds: 0, seenSeconds: 0, linger: 0.05, few: 256, most: 2_048 },
  }

  it("decide each message once, also where one is stopped in the middle of its work", () => {
    let decided = 0
    const partitions = new Partitions({
      ...{ model, count: 2, random: randomOf("once") },
      onDecided: (_, runs) => {
        decided += runs.reduce((sum, { count }) => sum + count, 0)
      },
    })
    partitions.setRate(300)
    partitions.run(5)
    partitions.stop(0, 8)
    partitions.run(10)
    partitions.setRate(0)
    partitions.run(20)
    expect(partitions.waiting(0) + partitions.waiting(1)).toBe(0)
    expect(decided).toBe(partitions.taken)
    expect(decided / (2 * 300 * 10)).toBeCloseTo(1, 1)
  })

  it("are the same for the same seed, and others for another", () => {
    const play = (seed: string): ReadonlyArray<number> => {
      const seen: Array<number> = []
      const partitions = new Partitions({
        model,
        count: 1,
        random: randomOf(seed),
        onDecided: (_, __, at) => seen.push(at),
      })
      partitions.setRate(50)
      partitions.run(3)
      return seen
    }
    expect(play("a")).toEqual(play("a"))
    expect(play("a")).not.toEqual(play("b"))
  })
})

describe("a region", () => {
  const sizing = sizingOf(WORLD, readMeasured(null), 1_000_000)
  const play = (perSecond: number) =>
    playRegion(WORLD, sizing, 2, "region", {
      seconds: 6,
      offered: () => perSecond,
      limit: 30 * sizing.messagesPerSecond,
    })

  it("uses of its resources what it was sized for, at the rate that it was sized for", () => {
    const { moments } = play(sizing.messagesPerSecond)
    const { use } = moments.at(-1)!
    // Fetches lie between commits, which the sizing does not count: there are some fewer.
    for (const resource of ["cores", "brokers", "network", "disks"] as const)
      expect(Math.abs(use[resource] / WORLD.use - 1)).toBeLessThan(0.25)
  })

  it("takes no more than its limit, and what is refused waits on devices", () => {
    const { moments } = playRegion(WORLD, sizing, 2, "region", {
      ...{ seconds: 6, limit: sizing.messagesPerSecond },
      offered: () => 20 * sizing.messagesPerSecond,
    })
    const { inLog, onDevices } = moments.at(-1)!
    expect(inLog).toBeLessThan(2 * sizing.messagesPerSecond)
    expect(onDevices).toBeGreaterThan(50 * sizing.messagesPerSecond)
  })
})

describe("what is said of a run", () => {
  const moment = (second: number, lag: number, cores: number): Moment => ({
    ...{ second, lag, offered: 0, accepted: 0, onDevices: 0, inLog: 0 },
    use: { threads: 0.5, cores, brokers: 0, network: 0, disks: 0, ingress: 0 } satisfies Record<Resource, number>,
  })
  const run = [moment(0, 0, 0.5), moment(1, 9, 0.99), moment(2, 9, 1), moment(3, 0, 0.5)]

  it("the first resource that is full, and when nothing was late any more", () => {
    expect(firstFull(run)).toEqual({ resource: "cores", second: 1 })
    expect(caughtUp(run, 0, 5)).toBe(3)
    expect(caughtUp(run.slice(0, 3), 0, 5)).toBeNull()
    expect(firstFull(run.slice(0, 1))).toBeNull()
  })
})

describe("the call that a report came from", () => {
  const options = {
    scenario: { type: "string", default: "all", help: "" },
    seed: { type: "string", default: "", help: "" },
    sample: { type: "string", default: "8", help: "" },
    out: { type: "string", default: "", help: "" },
  } as const

  it.each([
    [{}, "npm run simulate"],
    [{ out: "docs/data", sample: "4" }, "npm run simulate -- --sample 4 --out docs/data"],
    [{ scenario: "reconnect", seed: "two words" }, 'npm run simulate -- --scenario reconnect --seed "two words"'],
  ] satisfies ReadonlyArray<readonly [Readonly<Record<string, string>>, string]>)("%j: %s", (given, call) => {
    const said: Readonly<Record<string, string>> = { scenario: "all", seed: "", sample: "8", out: "", ...given }
    expect(callOf("simulate", options, (name) => said[name]!)).toBe(call)
  })
})

describe("the world", () => {
  it.each([
    ["use", 0, "use is no number above 0"],
    ["use", 1.5, "use is a share"],
    ["topology", "both", 'topology is "staged" or "chained"'],
    ["regions", {}, "regions names no region"],
    ["regions", { north: -1 }, "regions.north is no number above 0"],
  ])("refuses %s %j", (member, value, why) => {
    expect(() => worldOf({ ...WORLD, [member]: value }, FILE)).toThrow(why)
  })
})
