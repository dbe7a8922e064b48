/** Rows of readings, exactly once: over failures, over two processes, and where brokers have forgotten the position. */
import { type Log, UnavailableError } from "@assay/log"
import { decodeQualityRow, decodeReadingRow, encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { ClusterLikeLog } from "@assay/testkit/cluster-like-log"
import type { AssayedMessage } from "@assay/trust"
import { describe, expect, it, vi } from "vitest"
import { READINGS_GROUP } from "../../src/readings/known-position.ts"
import { type ReadingsOptions, startReadings } from "../../src/readings/start.ts"
import { testDir, testLog } from "../support.ts"
import { decidedWith, reading } from "./support.ts"

const GATHER = { ms: 1, records: 1 }
const VERIFIED = { stream: STREAMS.verified, partition: 0 }

const put = async (log: Log, ...messages: ReadonlyArray<AssayedMessage>): Promise<void> => {
  for (const one of messages) {
    const at = { stream: STREAMS[one.decision!.outcome], partition: 0 }
    await log.append(at, [{ key: Buffer.from(one.key), value: encodeAssayed(one) }])
  }
}

const valuesIn = async (log: Log, stream: string): Promise<ReadonlyArray<Uint8Array>> =>
  (await log.read({ stream, partition: 0 }, 0, 10_000, 1 << 26)).map(({ value }) => value)

const rowsIn = async (log: Log, stream: string = STREAMS.readingsVerified): Promise<ReadonlyArray<string>> =>
  (await valuesIn(log, stream)).map((value) => {
    const { originOffset, position } = decodeReadingRow(value)
    return `${originOffset}#${position}`
  })

const start = (log: Log, changed: Partial<ReadingsOptions> = {}) =>
  startReadings({
    log,
    wanted: "verified",
    format: "avro",
    gather: GATHER,
    checkMs: 10,
    onProblem: () => undefined,
    ...changed,
  })

const made = async (log: Log, changed: Partial<ReadingsOptions> = {}) => {
  const running = await start(log, changed)
  await running.settled()
  await running.stop()
  return running.metrics()
}

const two = [reading("a"), reading("b")]

describe("rows of readings", () => {
  it("come from what is verified; counts from what is held, too", async () => {
    const log = await testLog(testDir())
    await put(
      log,
      decidedWith(1, {}, two),
      decidedWith(2, { outcome: "annotated" }),
      decidedWith(3, { outcome: "quarantined" }),
    )
    expect(await made(log)).toMatchObject({ exported: 3, rows: 2, deadLetters: 0, failures: 0 })
    expect(await rowsIn(log)).toEqual(["1#0", "1#1"])
    expect(await rowsIn(log, STREAMS.readingsAnnotated)).toEqual([])
    const counts = (await valuesIn(log, STREAMS.readingsQuality)).map((value) => decodeQualityRow(value))
    expect(counts.map(({ outcome, messages }) => [outcome, messages]).sort()).toEqual([
      ["annotated", 1],
      ["quarantined", 1],
      ["verified", 1],
    ])
  })

  it("come from what is annotated where that is wanted, and stand in JSON where that is", async () => {
    const log = await testLog(testDir())
    await put(log, decidedWith(2, { outcome: "annotated" }, two))
    await made(log, { wanted: "all", format: "json" })
    const rows = (await valuesIn(log, STREAMS.readingsAnnotated)).map((value) =>
      JSON.parse(Buffer.from(value).toString()),
    )
    expect(rows).toMatchObject([
      { originOffset: 2, position: 0, outcome: "annotated" },
      { originOffset: 2, position: 1 },
    ])
  })

  it("go on behind the position that is committed with them", async () => {
    const log = await testLog(testDir())
    await put(log, decidedWith(1, {}, two))
    await made(log)
    await put(log, decidedWith(2, {}))
    expect(await made(log)).toMatchObject({ rows: 1 })
    expect(await rowsIn(log)).toEqual(["1#0", "1#1", "2#0"])
    expect(await log.position(READINGS_GROUP, VERIFIED)).toBe(2)
  })

  it("stand there once where a commit came to be and its answer was lost", async () => {
    const log = await testLog(testDir())
    await put(log, ...[1, 2, 3].map((offset) => decidedWith(offset, {}, two)))
    let lost = 2
    const unreliable: Log = {
      ...log,
      commit: async (partition, commit) => {
        const done = await log.commit(partition, commit)
        if (lost-- > 0) throw new UnavailableError("the answer was lost")
        return done
      },
    }
    const { failures } = await made(unreliable)
    expect(failures).toBeGreaterThan(0)
    expect(await rowsIn(log)).toEqual(["1#0", "1#1", "2#0", "2#1", "3#0", "3#1"])
  })

  it("stand there once where two processes make them, and one of both was asleep", async () => {
    const cluster = new ClusterLikeLog(await testLog(testDir()))
    const [first, second] = [cluster.process(), cluster.process()]
    await put(first, decidedWith(1, {}))
    const sleeping = await start(first)
    await sleeping.settled()
    const awake = await start(second)
    await put(second, decidedWith(2, {}), decidedWith(3, {}))
    await awake.settled()
    await vi.waitFor(async () => expect(await rowsIn(second)).toEqual(["1#0", "2#0", "3#0"]))
    await put(second, decidedWith(4, {}))
    await vi.waitFor(async () => expect((await rowsIn(second)).at(-1)).toBe("4#0"), 10_000)
    await sleeping.stop()
    await awake.stop()
    expect(await rowsIn(second)).toEqual(["1#0", "2#0", "3#0", "4#0"])
  })

  it.each(["avro", "json"] as const)(
    "are not made anew where the brokers have forgotten the position (%s)",
    async (format) => {
      const cluster = new ClusterLikeLog(await testLog(testDir()))
      const log = cluster.process()
      await put(log, decidedWith(1, {}, two), decidedWith(2, {}))
      await made(log, { format })
      await cluster.forget(READINGS_GROUP, VERIFIED)
      await put(log, decidedWith(3, {}))
      expect(await made(log, { format })).toMatchObject({ rows: 1 })
      expect(await valuesIn(log, STREAMS.readingsVerified)).toHaveLength(4)
    },
  )

  it("need no look at all counts where nothing was ever decided so", async () => {
    const log = await testLog(testDir())
    await put(log, decidedWith(1, {}))
    await made(log)
    const looked: Array<string> = []
    const watched: Log = {
      ...log,
      read: (at, ...rest) => {
        looked.push(at.stream)
        return log.read(at, ...rest)
      },
    }
    await made(watched)
    expect(looked).toContain(STREAMS.annotated)
    expect(looked).not.toContain(STREAMS.readingsQuality)
  })

  it("are none of a record that cannot be read: it is reported, and the others have theirs", async () => {
    const log = await testLog(testDir())
    const problems: Array<string> = []
    await put(log, decidedWith(1, {}))
    await log.append(VERIFIED, [{ key: Buffer.alloc(0), value: Buffer.from("junk") }])
    await put(log, decidedWith(2, {}))
    const unreadable: Array<[stream: string, count: number]> = []
    const { rows, deadLetters } = await made(log, {
      onProblem: (what) => problems.push(what),
      onUnreadable: (...met) => unreadable.push(met),
    })
    expect({ rows, deadLetters }).toEqual({ rows: 2, deadLetters: 1 })
    expect(unreadable).toEqual([[STREAMS.verified, 1]])
    expect(problems).toEqual([
      "no rows are made of telemetry.verified.v1/0/1: assay verify --streams tells whose record it is",
    ])
  })

  it("halt where records were gone before they were read", async () => {
    const cluster = new ClusterLikeLog(await testLog(testDir()))
    const log = cluster.process()
    await put(log, ...[1, 2, 3, 4].map((offset) => decidedWith(offset, {})))
    const running = await start(log)
    await running.settled()
    await running.stop()
    await put(log, decidedWith(5, {}), decidedWith(6, {}))
    const { end } = await log.bounds(VERIFIED)
    await cluster.lose(VERIFIED, end - 1)
    const again = await start(log)
    await expect(again.halted).rejects.toThrow("are gone before they were read")
    await again.stop()
  })

  it("of a pack that is much larger as rows are committed in parts", async () => {
    const log = await testLog(testDir())
    const large = Array.from({ length: 512 }, (_, n) => reading(`r${n}`, { value: null, text: "x".repeat(2_000) }))
    await put(log, ...[1, 2, 3, 4, 5, 6].map((offset) => decidedWith(offset, {}, large)))
    const commits: Array<number> = []
    const counting: Log = {
      ...log,
      commit: (partition, commit) => {
        commits.push(
          commit.outputs.reduce(
            (sum, { records }) => sum + records.reduce((all, { value }) => all + value.length, 0),
            0,
          ),
        )
        return log.commit(partition, commit)
      },
    }
    expect(await made(counting)).toMatchObject({ rows: 6 * 512 })
    expect(Math.max(...commits)).toBeLessThan(6 << 20)
  })
})
