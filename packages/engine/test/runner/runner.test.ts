import { type Log, LostRecordsError, TakenOverError } from "@assay/log"
import { decodeEntry, decodeRejected } from "@assay/schemas"
import { ConfigurationError } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { countingStage } from "./counting.ts"
import { CHANGELOG, GROUP, INPUT, known, OUTPUT, Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

const countsOf = async (): Promise<ReadonlyArray<string>> =>
  (await readAll(log, OUTPUT)).map(({ key, value }) => {
    const { body } = decodeEntry(value)
    const detail = body.kind === "message" ? body.message.verdicts.credential?.detail : body.kind
    return `${Buffer.from(key).toString()} ${detail}`
  })

const afterMessages = async (...devices: ReadonlyArray<string>) => {
  await rig.messages(log, ...devices)
  const runner = await rig.runner(log)
  await runner.drain()
  return runner
}

describe("a runner over offsets with gaps", () => {
  it("judges each record once, in order, whatever the batches and restarts", async () => {
    const devices = Array.from({ length: 23 }, (_, n) => `did:${n % 4}`)
    await rig.messages(log, ...devices)
    for (let n = 0; n < 30; n++) {
      const stop = new AbortController()
      const runner = await rig.runner(log, { batchRecords: 1 + (n % 3), onBatch: () => stop.abort() })
      if (runner.next >= (await log.bounds(INPUT)).end) break
      await runner.run(stop.signal)
    }
    expect(await countsOf()).toEqual(devices.map((device, n) => `${device} ${Math.floor(n / 4) + 1}`))
  })

  it("waits for what comes, and stops on request", async () => {
    const stop = new AbortController()
    const runner = await rig.runner(log, { onBatch: () => stop.abort() })
    const running = runner.run(stop.signal)
    await rig.messages(log, "did:a")
    await running
    expect(await countsOf()).toEqual(["did:a 1"])
  })
})

describe("opening", () => {
  it("takes the partition before it restores, so that no commit of a former owner is missed", async () => {
    const former = await afterMessages("did:a", "did:a")
    const other = rig.cluster.process()
    await rig.messages(log, "did:a")
    const order: Array<string> = []
    const latest = await rig.runner({
      ...other,
      take: (group, at, known) => {
        order.push("take")
        return other.take(group, at, known)
      },
      read: (at, ...rest) => {
        order.push(`read ${at.stream}`)
        return other.read(at, ...rest)
      },
      commit: other.commit,
    })
    expect(order[0]).toBe("take")
    expect(order).toContain(`read ${CHANGELOG.stream}`)
    await expect(former.drain()).rejects.toThrow(TakenOverError)
    expect(latest.next).toBe(former.next)
    expect(known(latest).rows).toHaveLength(1)
  })

  it("goes on where the state is when the position was forgotten", async () => {
    const { next } = await afterMessages("did:a", "did:b")
    await rig.cluster.forget(GROUP, INPUT)
    await rig.messages(log, "did:a")
    const again = await rig.runner(log)
    expect(rig.cluster.takes.at(-1)).toEqual({ group: GROUP, ...INPUT, known: next })
    await again.drain()
    expect(await countsOf()).toEqual(["did:a 1", "did:b 1", "did:a 2"])
  })

  it("refuses a position that is not that of the state, unless it was moved on purpose", async () => {
    const { next } = await afterMessages("did:a", "did:b")
    await rig.cluster.move(GROUP, INPUT, 2)
    await expect(rig.runner(log)).rejects.toThrow(ConfigurationError)
    await expect(rig.runner(log)).rejects.toThrow(`is at offset 2 of ${INPUT.stream}/0`)
    await expect(rig.runner(log)).rejects.toThrow(`Set the group back to ${next}`)
    expect((await rig.runner(log, { acceptMoved: true })).next).toBe(2)
  })

  it("refuses a position without state, but for directories of an older Assay", async () => {
    const commit = { group: GROUP, stream: INPUT.stream, from: 0, next: 2, outputs: [] }
    await rig.messages(log, "did:a", "did:b")
    await log.commit(0, commit)
    await expect(rig.runner(log)).rejects.toThrow(`${CHANGELOG.stream}/0 holds no state`)
    expect((await rig.runner(rig.embedded)).next).toBe(2)
  })

  it("keeps the highest time across restarts", async () => {
    await rig.messages(log, "did:a")
    await log.append(INPUT, [{ key: Buffer.alloc(0), value: Buffer.from("late") }])
    const stamped = (await readAll(log, INPUT)).at(-1)!.time
    await (await rig.runner(log)).drain()
    // An engine whose append time runs backwards.
    const backwards: Log = {
      ...log,
      read: async (...at) =>
        (await log.read(...at)).map((record) => (at[0].stream === INPUT.stream ? { ...record, time: 5 } : record)),
      take: (group, at) => log.take(group, at),
      commit: log.commit,
    }
    await log.append(INPUT, [{ key: Buffer.alloc(0), value: Buffer.from("later") }])
    const again = await rig.runner(backwards)
    await again.drain()
    const times = (await readAll(log, { stream: STREAMS.undecided, partition: 0 })).map(
      ({ value }) => decodeRejected(value).time,
    )
    expect(times).toEqual([stamped, stamped])
  })
})

describe("lost records", () => {
  it("halts at the open where retention took records that were not read", async () => {
    await afterMessages("did:a")
    await rig.messages(log, "did:b")
    await rig.messages(log, "did:c")
    const { end } = await log.bounds(INPUT)
    await rig.cluster.lose(INPUT, end - 2)
    await expect(rig.runner(log)).rejects.toThrow(LostRecordsError)
  })

  it("halts while it runs, and commits nothing of what lies behind the hole", async () => {
    const runner = await afterMessages("did:a")
    await rig.messages(log, "did:b")
    await rig.messages(log, "did:c")
    await rig.cluster.lose(INPUT, (await log.bounds(INPUT)).end - 2)
    await expect(runner.run(new AbortController().signal)).rejects.toThrow(LostRecordsError)
    expect(await countsOf()).toEqual(["did:a 1"])
  })

  it("takes nothing amiss where only what it had read is gone", async () => {
    const runner = await afterMessages("did:a", "did:b")
    await rig.messages(log, "did:c")
    await rig.cluster.lose(INPUT, runner.next)
    expect((await log.bounds(INPUT)).start).toBeGreaterThan(0)
    await runner.drain()
    expect((await rig.runner(log)).next).toBe(runner.next)
  })
})

describe("the changelog of an engine that compacts", () => {
  it("says that a row is gone by a null, writes no round and truncates nothing", async () => {
    const stage = countingStage(3)
    const runner = await rig.runner(log, { batchRecords: 2 }, stage)
    for (let n = 0; n < 12; n++) await rig.messages(log, "did:a", `did:${n}`, "did:a")
    await runner.drain()
    const records = await readAll(log, CHANGELOG)
    const gone = records.filter(({ absent }) => absent?.value === true)
    expect(gone.length).toBeGreaterThan(5)
    expect(gone.every(({ value }) => value.length === 0)).toBe(true)
    expect(rig.cluster.commits.flatMap(({ truncate }) => truncate ?? [])).toEqual([])
    // No row but those of the messages of a batch: nothing cold is written again.
    for (const { outputs } of rig.cluster.commits)
      expect(outputs.find(({ stream }) => stream === CHANGELOG.stream)!.records.length).toBeLessThanOrEqual(3)
  })

  it("comes to the same once it is compacted, with and without tombstones", async () => {
    const stage = countingStage(3, 5)
    const runner = await rig.runner(log, { batchRecords: 3 }, stage)
    for (let n = 0; n < 40; n++) await rig.messages(log, `did:${n % 9}`, `did:${(n * 7) % 5}`)
    await rig.admission(log, "did:1")
    await runner.drain()
    const before = known(runner)
    for (const tombstones of [false, true]) {
      await rig.cluster.compact(CHANGELOG, tombstones)
      expect(known(await rig.runner(log, {}, stage))).toEqual(before)
    }
    expect((await readAll(log, CHANGELOG)).length).toBeLessThan(15)
  })

  it("stays bounded on the embedded log, also where nothing but positions changes", async () => {
    const runner = await rig.runner(rig.embedded, { batchRecords: 1 })
    for (let n = 0; n < 300; n++)
      await rig.embedded.append(INPUT, [{ key: Buffer.alloc(0), value: Buffer.from("noise") }])
    await runner.drain()
    const { start, end } = await rig.embedded.bounds(CHANGELOG)
    expect(end - start).toBeLessThan(10)
    expect(known(await rig.runner(rig.embedded))).toEqual(known(runner))
  })
})

describe("batch limits", () => {
  for (const [engine, limit] of [
    ["kafka", 2_048],
    ["embedded", 512],
  ] as const)
    it(`follow the engine unless the operator says otherwise (${engine})`, async () => {
      const on = engine === "kafka" ? log : rig.embedded
      await rig.messages(on, ...Array.from({ length: 2_500 }, () => "did:a"))
      const sizes: Array<number> = []
      const onBatch = ({ entries }: { readonly entries: number }) => sizes.push(entries)
      const runner = await rig.runner(on, { onBatch })
      await runner.drain()
      expect(Math.max(...sizes)).toBe(limit)
      sizes.length = 0
      await rig.messages(on, ...Array.from({ length: 100 }, () => "did:a"))
      await (await rig.runner(on, { onBatch, batchRecords: 60 })).drain()
      expect(sizes).toEqual([60, 40])
    })
})
