/** Whatever is done to the undecided stream afterwards, the incidents say what was kept there. */
import type { Log, LogRecord } from "@assay/log"
import { decodeRejected, encodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { verifyUndecided } from "../../src/verify-streams/undecided.ts"

let driver: Driver

/** A stage fails at one message, and four records between the stages cannot be read, two of them together. */
beforeAll(async () => {
  const world = aWorld("verify undecided")
  const device = world.device("one")
  driver = await openDriver(world, {
    topology: "staged",
    adapt: (stages) =>
      stages.map((stage) => {
        if (stage.name !== "integrity") return stage
        const logic = stage.logic.get(1)!
        const judge: typeof logic.judge = (entry, state, facts, states) => {
          if (entry.message.claims?.kind === "message" && entry.message.claims.seq === 2) throw new Error("a fault")
          return logic.judge(entry, state, facts, states)
        }
        return { ...stage, logic: new Map([[1, { ...logic, judge }]]) }
      }),
  })
  await driver.say(device.did, device.presentation())
  for (let n = 0; n < 4; n++) await driver.say(device.did, device.message())
  await driver.settle()
  for (const text of ["a", "b"]) await driver.raw(STREAMS.identified, 0, Buffer.from(text))
  await driver.raw(STREAMS.segmented, 0, Buffer.from("c"))
  await driver.settle()
  await driver.raw(STREAMS.identified, 0, Buffer.from("d"))
  await driver.settle()
})
afterAll(async () => {
  await driver.close()
  await closeVerifyPool()
})

/** The log, with another undecided stream. */
const withKept = async (
  change: (kept: ReadonlyArray<LogRecord>) => ReadonlyArray<LogRecord>,
  expires = false,
): Promise<Log> => {
  const { log } = driver
  const kept = change((await driver.records(STREAMS.undecided)).map(({ partition: _, ...record }) => record))
  return {
    ...log,
    traits: { ...log.traits, expires },
    read: async (at, from, records, bytes) =>
      at.stream === STREAMS.undecided
        ? kept.filter(({ offset }) => offset >= from)
        : log.read(at, from, records, bytes),
    bounds: async (at) =>
      at.stream === STREAMS.undecided
        ? { start: kept[0]?.offset ?? 5, end: (kept.at(-1)?.offset ?? 4) + 1 }
        : log.bounds(at),
  }
}

const forged = (record: LogRecord): LogRecord => ({
  ...record,
  value: encodeRejected({ ...decodeRejected(record.value), value: Buffer.from("forged") }),
})

describe("assay verify, about what is undecided", () => {
  it("finds nothing where nothing was changed", async () => {
    expect(await verifyUndecided(driver.log, 0)).toEqual({
      kept: 5,
      unsealed: 0,
      gone: 0,
      unchecked: 0,
      findings: [],
      intact: true,
    })
  })

  it.each([0, 1, 2, 3, 4])("names record %i where it was changed", async (nth) => {
    const log = await withKept((kept) => kept.map((record, index) => (index === nth ? forged(record) : record)))
    const { findings, intact } = await verifyUndecided(log, 0)
    expect(intact).toBe(false)
    expect(findings).toContainEqual(expect.stringContaining("names is not kept, or was changed"))
    expect(findings).toContainEqual(expect.stringMatching(new RegExp(`undecided 0/${nth}: no incident vouches`)))
  })

  it("names a record that was put there", async () => {
    const log = await withKept((kept) => [...kept, { ...forged(kept[4]!), offset: 5 }])
    expect((await verifyUndecided(log, 0)).findings).toEqual([
      expect.stringContaining("undecided 0/5: no incident vouches for this record of "),
    ])
  })

  it("names a record that was taken away, and one that is none", async () => {
    const less = await withKept((kept) => kept.slice(0, 4))
    expect((await verifyUndecided(less, 0)).findings).toEqual([expect.stringContaining("is not kept, or was changed")])
    const junk = await withKept((kept) => [...kept, { ...kept[4]!, offset: 5, value: Buffer.from("junk") }])
    expect((await verifyUndecided(junk, 0)).findings).toEqual([expect.stringContaining("undecided 0/5 cannot be read")])
  })

  it("counts apart what only incidents vouch for that are not sealed yet", async () => {
    expect(await verifyUndecided(driver.log, 0, 0)).toMatchObject({ kept: 5, unsealed: 5, findings: [] })
  })

  it("names what is gone at the head of a log that takes nothing away", async () => {
    const gone = expect.stringContaining("is not kept, or was changed")
    const log = await withKept((kept) => kept.slice(1))
    expect(await verifyUndecided(log, 0)).toMatchObject({ kept: 4, gone: 0, findings: [gone], intact: false })
    expect(await verifyUndecided(await withKept(() => []), 0)).toMatchObject({ gone: 0, intact: false })
  })

  it("counts what retention took, and blames nobody for it", async () => {
    const log = await withKept((kept) => kept.slice(1), true)
    expect(await verifyUndecided(log, 0)).toMatchObject({ kept: 4, gone: 1, findings: [] })
    expect(await verifyUndecided(await withKept(() => [], true), 0)).toMatchObject({ kept: 0, gone: 5, findings: [] })
  })

  it("says that it cannot compare what is left of an incident whose first records retention took", async () => {
    const left = (change: (record: LogRecord, nth: number) => LogRecord) =>
      withKept((kept) => kept.slice(2).map(change), true)
    expect(await verifyUndecided(await left((record) => record), 0)).toEqual({
      kept: 3,
      unsealed: 0,
      gone: 2,
      unchecked: 1,
      findings: [],
      intact: true,
    })
    // Behind the head, a record is compared as ever.
    const changed = await left((record, nth) => (nth === 1 ? forged(record) : record))
    expect((await verifyUndecided(changed, 0)).intact).toBe(false)
  })

  it("names what is gone behind what is kept: retention takes from the head alone", async () => {
    const shifted = (kept: ReadonlyArray<LogRecord>) =>
      kept.slice(0, 4).map((record) => ({ ...record, offset: record.offset + 1 }))
    expect((await verifyUndecided(await withKept(shifted, true), 0)).findings).toEqual([
      expect.stringContaining("is not kept, or was changed"),
    ])
  })
})
