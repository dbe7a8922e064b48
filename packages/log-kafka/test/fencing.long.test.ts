/** What only an engine of several processes can meet: zombies, lost answers, a commit that nobody knows the end of. */
import { FencedError, type Log, TakenOverError } from "@assay/log"
import { keysOf, numbered, readAll, record } from "@assay/log/contract"
import {
  breaking,
  createTestLog,
  describeKafka,
  END_TXN,
  PRODUCE,
  type TestLog,
  testCluster,
} from "@assay/testkit/kafka"
import { afterEach, beforeEach, expect, it } from "vitest"

const freshLog = async () => createTestLog((await testCluster()).client.brokers as Array<string>, ["in", "out"])

const input = { stream: "in", partition: 0 }
const output = { stream: "out", partition: 0 }

const commit = (log: Log, from: number, next: number, key: string) =>
  log.commit(0, { group: "g", stream: "in", from, next, outputs: [{ stream: "out", records: [record(key)] }] })

const outputsOf = async (log: Log) => keysOf(await readAll(log, output))

describeKafka("a partition that changes hands", () => {
  let under: TestLog
  beforeEach(async () => {
    under = await freshLog()
  })
  afterEach(() => under.destroy())

  it("refuses what its former owner commits, who then finds the other's position", async () => {
    const [one, two] = [await under.open(), await under.open()]
    await one.append(input, numbered(0, 6))
    expect(await one.take("g", input)).toBe(0)
    await commit(one, 0, 2, "one")
    expect(await two.take("g", input)).toBe(2)
    await expect(commit(one, 2, 4, "zombie")).rejects.toThrow(TakenOverError)
    await commit(two, 2, 4, "two")
    expect(await outputsOf(two)).toEqual(["one", "two"])
    expect(await one.take("g", input)).toBe(4)
    await expect(commit(two, 4, 6, "zombie")).rejects.toThrow(TakenOverError)
    await commit(one, 4, 6, "one again")
    expect(await outputsOf(one)).toEqual(["one", "two", "one again"])
    expect(await two.position("other group", input)).toBe(0)
  })

  it("takes the position that the caller knows where the brokers have none, and no other", async () => {
    const log = await under.open()
    await log.append(input, numbered(0, 6))
    expect(await log.take("g", input, 3)).toBe(3)
    await expect(commit(log, 0, 4, "from the start")).rejects.toThrow(FencedError)
    await commit(log, 3, 4, "a")
    expect(await log.take("g", input, 1)).toBe(4)
  })

  it("leaves rivals with exactly one success each round", async () => {
    const rivals = await Promise.all([under.open(), under.open(), under.open()])
    await rivals[0]!.append(input, numbered(0, 10))
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.allSettled(
        rivals.map(async (log, n) => {
          const from = await log.take("g", input)
          if (from > round) throw new Error("too late")
          await commit(log, round, round + 1, `${round}`)
          return n
        }),
      )
      // All may lose a round to each other (each fenced by the next); then one tries alone.
      if (outcomes.every(({ status }) => status === "rejected")) {
        const from = await rivals[0]!.take("g", input)
        if (from === round) await commit(rivals[0]!, round, round + 1, `${round}`)
      }
    }
    await expect.poll(() => outputsOf(rivals[0]!)).toEqual(["0", "1", "2", "3", "4"])
  })

  it("swaps a cell once among many processes", async () => {
    const rivals = await Promise.all([under.open(), under.open(), under.open()])
    for (let round = 0; round < 3; round++) {
      const name = `cell ${round}`
      const won = await Promise.all(rivals.map((log, n) => log.cells.swap(0, name, null, Buffer.from(`${n}`))))
      expect(won.filter(Boolean)).toHaveLength(1)
      for (const log of rivals)
        await expect.poll(async () => `${await log.cells.get(0, name)}`).toBe(`${won.indexOf(true)}`)
    }
  })
})

describeKafka("a commit whose connection breaks", () => {
  let under: TestLog
  beforeEach(async () => {
    under = await freshLog()
  })
  afterEach(() => under.destroy())

  for (const [what, kind] of [
    ["EndTxn", END_TXN],
    ["Produce", PRODUCE],
  ] as const) {
    for (const before of [true, false]) {
      for (const times of [1, 3]) {
        it(`${before ? "before" : "after"} ${what} left, ${times} times in a row, is there exactly once`, async () => {
          const plan = { kind, before, times: 0 }
          const log = await under.open({ sockets: breaking(plan) })
          await log.append(input, numbered(0, 4))
          await log.take("g", input)
          await commit(log, 0, 1, "a")
          plan.times = times
          await commit(log, 1, 2, "b")
          await commit(log, 2, 3, "c")
          expect(plan.times).toBeLessThan(times)
          expect(await log.position("g", input)).toBe(3)
          const fresh = await under.open()
          // Another process sees it a moment later: the markers are written after the commit is durable.
          await expect.poll(() => fresh.position("g", input)).toBe(3)
          await expect.poll(() => outputsOf(fresh)).toEqual(["a", "b", "c"])
        })
      }
    }
  }

  it("or an append, is there exactly once", async () => {
    for (const before of [true, false]) {
      const plan = { kind: PRODUCE, before, times: 2 }
      const log = await under.open({ sockets: breaking(plan) })
      await log.append(output, [record(`${before}`)])
      expect(plan.times).toBe(0)
    }
    expect(await outputsOf(await under.open())).toEqual(["true", "false"])
  })

  it("and appends to other partitions stay what they are, whatever becomes of one", async () => {
    const plan = { kind: PRODUCE, before: true, times: 0 }
    const log = await under.open({ sockets: breaking(plan), settings: { retryMs: 100 } })
    const other = { ...output, partition: 1 }
    await log.append(output, [record("a")])
    await log.append(other, [record("a")])
    plan.times = 40
    const lost = log.append(output, [record("maybe")]).then(
      () => "taken",
      (cause: Error) => cause.name,
    )
    expect(await lost).toBe("UnavailableError")
    const patient = await under.open({ sockets: breaking({ kind: PRODUCE, before: false, times: 2 }) })
    await Promise.all([patient.append(other, [record("b")]), log.append(output, [record("c")]).catch(() => undefined)])
    plan.times = 0
    await log.append(other, [record("d")])
    await log.append(output, [record("d")])
    const fresh = await under.open()
    expect(keysOf(await readAll(fresh, other))).toEqual(["a", "b", "d"])
    const seen = await outputsOf(fresh)
    for (const key of ["a", "maybe", "c", "d"])
      expect(seen.filter((each) => each === key).length).toBeLessThanOrEqual(1)
    expect([seen[0], seen.at(-1)]).toEqual(["a", "d"])
  })
})
