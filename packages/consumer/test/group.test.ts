import type { Log } from "@assay/log"
import { describe, expect, it, vi } from "vitest"
import { type GroupOptions, joinGroup } from "../src/group.ts"
import type { Problem } from "../src/loop.ts"
import { Collector, recordsOf, testLog } from "./support.ts"

const STREAMS = ["one.v1", "two.v1"]

/** A log whose shares the test gives out. */
const sharedLog = async () => {
  const log = await testLog(3)
  const left = vi.fn(async () => undefined)
  let assign: (partitions: ReadonlySet<number>) => void = () => undefined
  const shared: Log = {
    ...log,
    join: async (_group, _stream, onAssigned) => {
      assign = onAssigned
      onAssigned(new Set([0]))
      return { confirm: async () => true, leave: left }
    },
  }
  return { log: shared, left, assign: (...partitions: ReadonlyArray<number>) => assign(new Set(partitions)) }
}

const plantOf = async (before: (partition: number) => unknown = () => undefined) => {
  const { log, left, assign } = await sharedLog()
  const made: Array<Collector> = []
  const problems: Array<Problem> = []
  const options: GroupOptions = {
    log,
    group: "g",
    stream: STREAMS[0]!,
    sourcesOf: (partition) =>
      STREAMS.map((stream) => {
        const at = { stream, partition }
        const handler = new Collector(log, 4, () => before(partition), at)
        made.push(handler)
        return { at, handler }
      }),
    idleMs: 5_000,
    pauses: { firstMs: 5, longestMs: 20 },
    atStop: "step",
    checkMs: 10,
    onProblem: (problem) => problems.push(problem),
  }
  const write = (stream: string, partition: number, ...texts: ReadonlyArray<string>) =>
    log.append({ stream, partition }, recordsOf(...texts))
  return { options, assign, left, made, problems, write, seen: () => made.flatMap(({ seen }) => seen).sort() }
}

describe("a share in a group", () => {
  it("follows every stream of what is assigned, and of nothing else", async () => {
    const plant = await plantOf()
    for (const stream of STREAMS)
      for (const partition of [0, 1, 2]) await plant.write(stream, partition, `${stream}${partition}`)
    const group = await joinGroup(plant.options)
    await group.settled()
    expect(plant.seen()).toEqual(["one.v10", "two.v10"])
    plant.assign(0, 2)
    await group.settled()
    expect(plant.seen()).toEqual(["one.v10", "one.v12", "two.v10", "two.v12"])
    expect(group.metrics()).toMatchObject({ partitions: 2, handled: 4, failures: 0, failing: false, halted: [] })
    plant.assign()
    await plant.write("one.v1", 0, "late")
    await group.stop()
    expect(plant.seen()).not.toContain("late")
    expect(plant.left).toHaveBeenCalledOnce()
  })

  it("begins a partition that comes back only when the step in hand has ended", async () => {
    const goOn = Promise.withResolvers<void>()
    const plant = await plantOf(() => goOn.promise)
    const group = await joinGroup(plant.options)
    await vi.waitFor(() => expect(plant.made.map(({ steps }) => steps)).toEqual([1, 1]))
    plant.assign()
    plant.assign(0)
    expect(plant.made).toHaveLength(2)
    goOn.resolve()
    await vi.waitFor(() => expect(plant.made).toHaveLength(4))
    await group.stop()
  })

  it("measures how far it is behind, and says which stream has halted", async () => {
    let broken = true
    const plant = await plantOf(() => {
      if (broken) throw new Error("full")
    })
    await plant.write("one.v1", 0, "a", "b")
    await plant.write("two.v1", 0, "c")
    const seen: Array<number> = []
    const group = await joinGroup({
      ...plant.options,
      halts: (cause) => (cause as Error).message === "gone",
      onChecked: ({ lagRecords }) => seen.push(lagRecords),
    })
    await vi.waitFor(() => expect(seen).toContain(3), { timeout: 5_000 })
    expect(group.metrics().failing).toBe(true)
    broken = false
    await group.settled()
    await vi.waitFor(() => expect(seen.at(-1)).toBe(0), { timeout: 5_000 })
    expect(group.metrics().failing).toBe(false)
    plant.made[1]!.step = () => Promise.reject(new Error("gone"))
    await plant.write("two.v1", 0, "d")
    await expect(group.settled()).rejects.toThrow("gone")
    expect(group.metrics().halted).toEqual([{ stream: "two.v1", partition: 0 }])
    await group.stop()
    expect(plant.problems.filter(({ halted }) => halted)).toHaveLength(1)
  })
})
