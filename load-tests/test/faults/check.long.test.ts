/**
 * The checker of the fault runs must be able to fail: into a good log everything is planted that a fault could do to it, and
 * each time the record is named.
 */
import { ATTACKS, fleetPlan } from "@assay/fleet"
import { type Log, type LogRecord, partitionOf } from "@assay/log"
import { decodeAssayed, decodeAudit, decodeRejected, encodeAssayed, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { ClusterLikeLog } from "@assay/testkit/cluster-like-log"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import type { AuditEvent } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { AttemptLog } from "../../src/faults/attempts.ts"
import { checkAll } from "../../src/faults/check/check.ts"
import { checkDecisions } from "../../src/faults/check/decisions.ts"
import { checkHops, HOP_STREAMS } from "../../src/faults/check/hops.ts"
import { readSubmitted } from "../../src/faults/check/submitted.ts"
import { type Alter, altered, appended, swapped, without } from "./altered.ts"

const PARTITION = 1
const attemptLog = new AttemptLog()
let driver: Driver
/** Of the partition that is planted into, in order. */
let rejectedOrigins: ReadonlyArray<number> = []

const findingsOf = async (log: Log, using: AttemptLog = attemptLog): Promise<ReadonlyArray<string>> => {
  const { results } = await checkAll({
    log,
    attemptLog: using,
    roots: driver.options.roots,
    topology: "staged",
    sealDir: null,
    model: null,
  })
  return results.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))
}

const planted = async (stream: string, alter: Alter): Promise<ReadonlyArray<string>> =>
  findingsOf(await altered(driver.log, stream, PARTITION, alter))

const isOriginal = ({ kind, decision }: AuditEvent): boolean => kind === "decision" && decision?.kind === "original"

/** The nth original decision of the audit stream. */
const decisionAt = (records: ReadonlyArray<LogRecord>, nth: number): number =>
  [...records.entries()].filter(([, { value }]) => isOriginal(decodeAudit(value)))[nth]![0]

beforeAll(async () => {
  const plan = fleetPlan({
    devices: 6,
    messages: 120,
    seed: "faults",
    now: START,
    attacks: ATTACKS,
    injections: 1,
    scale: { learn: 8, flood: 10, crowd: 5 },
  })
  driver = await openDriver(plan.world, {
    partitions: 2,
    topology: "staged",
    over: (log) => new ClusterLikeLog(log).process(),
  })
  for (const phase of [plan.enrolment, plan.run]) {
    for (const submission of phase()) {
      const [origin] = await driver.submit([submission])
      if (submission.kind !== "message") continue
      const { key, envelope } = submission
      attemptLog.acknowledge(attemptLog.attempt(partitionOf(key, 2), key, envelope.bytes), origin!.offset)
    }
    await driver.settle()
  }
  for (const junk of ["junk", "more junk"]) {
    const [key, value] = [Buffer.from("nobody"), Buffer.from(junk)]
    const offset = await driver.raw(STREAMS.submitted, PARTITION, value, key)
    attemptLog.acknowledge(attemptLog.attempt(PARTITION, key, value, true), offset)
  }
  await driver.settle()
  rejectedOrigins = (await driver.rejected())
    .filter(({ origin }) => origin.partition === PARTITION)
    .map(({ origin }) => origin.offset)
})

afterAll(async () => {
  await driver.close()
  await closeVerifyPool()
})

describe("the checker of the fault runs", () => {
  it("finds nothing in a good log, and has examined something in every check", async () => {
    expect(await findingsOf(driver.log)).toEqual([])
  })

  it("names a decision that is there twice", async () => {
    let origin = -1
    const found = await planted(STREAMS.audit, (records) => {
      const record = records[decisionAt(records, 5)]!
      origin = decodeAudit(record.value).origin.offset
      return appended(records, record)
    })
    expect(found).toContainEqual(expect.stringMatching(`decisions: audit .*origin ${PARTITION}/${origin}.*duplicated`))
  })

  it("names a message that was decided on both ways", async () => {
    let origin = -1
    const found = await planted(STREAMS.audit, (records) => {
      const record = records[decisionAt(records, 3)]!
      const event = decodeAudit(record.value)
      const { offset } = event.origin
      origin = rejectedOrigins.find((one) => one > offset)!
      return appended(records, {
        ...record,
        value: encodeAudit({ ...event, origin: { ...event.origin, offset: origin } }),
      })
    })
    expect(found).toContain(`decisions: origin ${PARTITION}/${origin} is decided twice: on audit and on rejected`)
  })

  it("names a message that nothing was decided on", async () => {
    let origin = -1
    const found = await planted(STREAMS.audit, (records) => {
      const nth = decisionAt(records, 7)
      origin = decodeAudit(records[nth]!.value).origin.offset
      return without(records, nth)
    })
    expect(found).toContain(`decisions: decisions: origin ${PARTITION}/${origin} is not there: lost`)
    expect(found).toContainEqual(expect.stringMatching(`verdicts: origin 1/${PARTITION}/${origin}: recorded nothing`))
  })

  it("names a rejected record that is gone, by its origin and by the root of its batch", async () => {
    let origin = -1
    const found = await planted(STREAMS.rejected, (records) => {
      origin = decodeRejected(records[2]!.value).origin.offset
      return without(records, 2)
    })
    expect(found).toContain(`decisions: decisions: origin ${PARTITION}/${origin} is not there: lost`)
    expect(found).toContainEqual(expect.stringContaining("has another root than what is on rejected"))
  })

  it("names a record that is kept as undecided, and that nothing vouches for", async () => {
    const [, , third] = await driver.records(STREAMS.rejected)
    const { origin } = decodeRejected(third!.value)
    const found = await planted(STREAMS.undecided, () => [{ ...third!, offset: 0 }])
    expect(found).toContain(
      `decisions: undecided ${PARTITION}/0: no incident vouches for this record of ${STREAMS.submitted} (origin ${origin.offset})`,
    )
  })

  it("names a verdict that was altered", async () => {
    let origin = -1
    const found = await planted(STREAMS.audit, (records) =>
      records.map((record) => {
        const event = decodeAudit(record.value)
        if (origin >= 0 || !isOriginal(event) || event.decision!.outcome !== "quarantined") return record
        origin = event.origin.offset
        return { ...record, value: encodeAudit({ ...event, decision: { ...event.decision!, outcome: "verified" } }) }
      }),
    )
    expect(found).toContainEqual(
      expect.stringMatching(`verdicts: origin 1/${PARTITION}/${origin}: recorded verified .*says quarantined`),
    )
    expect(found).toContain(`decisions: ${STREAMS.verified}: origin ${PARTITION}/${origin} is not there: lost`)
  })

  it("names an entry that is swapped, doubled or missing, on each hop", async () => {
    const submitted = await readSubmitted(driver.log)
    const { rejected } = await checkDecisions(driver.log, submitted)
    const hop = async (stream: string, alter: Alter): Promise<ReadonlyArray<string>> =>
      (await checkHops(await altered(driver.log, stream, PARTITION, alter), submitted, rejected)).findings
    for (const stream of HOP_STREAMS) {
      const moved = await hop(stream, (records) => swapped(records, 20, 21))
      expect(moved).toContainEqual(expect.stringMatching(`${stream} ${PARTITION}/.*reordered`))
      const twice = await hop(stream, (records) => appended(records, records[20]!))
      expect(twice).toContainEqual(expect.stringMatching(`${stream} ${PARTITION}/.*duplicated`))
      const gone = await hop(stream, (records) => without(records, 20))
      expect(gone).toContainEqual(expect.stringMatching(`${stream}: origin ${PARTITION}/.*lost`))
    }
  })

  it("names a message whose bytes were touched on their way", async () => {
    const found = await planted(STREAMS.verified, (records) =>
      records.map((record, nth) => {
        if (nth !== 4) return record
        const message = decodeAssayed(record.value)
        const bytes = Buffer.from(message.envelope.bytes)
        bytes[10] = bytes[10]! ^ 1
        return { ...record, value: encodeAssayed({ ...message, envelope: { ...message.envelope, bytes } }) }
      }),
    )
    expect(found).toContainEqual(
      expect.stringMatching(`decisions: ${STREAMS.verified} ${PARTITION}/.*does not bear the bytes`),
    )
  })

  it("names what was acknowledged and is not there, what nobody sent, and what came in another order", async () => {
    const gone = await planted(STREAMS.submitted, (records) => without(records, 30))
    expect(gone).toContainEqual(expect.stringMatching(`submissions: submitted ${PARTITION}/.*not there: lost`))
    const twice = await planted(STREAMS.submitted, (records) => appended(records, records.at(-1)!))
    expect(twice).toContainEqual(expect.stringMatching(`submissions: submitted ${PARTITION}/.*more often.*duplicated`))
    const invented = await planted(STREAMS.submitted, (records) =>
      appended(records, { ...records.at(-1)!, value: Buffer.from("nobody's") }),
    )
    expect(invented).toContainEqual(
      expect.stringMatching(`submissions: submitted ${PARTITION}/.*nobody sent: invented`),
    )
    const other = new AttemptLog()
    for (const attempt of attemptLog.attempts) other.attempts.push({ ...attempt, nth: -attempt.nth })
    expect(await findingsOf(driver.log, other)).toContainEqual(expect.stringMatching("submissions: .*reordered"))
  })

  it("names a dead letter that is missing, doubled, or not what it was", async () => {
    const gone = await planted(STREAMS.deadletter, (records) => without(records, 0))
    expect(gone).toContainEqual(expect.stringMatching("dead-letters: deadletter: origin 1/.*lost"))
    const twice = await planted(STREAMS.deadletter, (records) => appended(records, records[0]!))
    expect(twice).toContainEqual(expect.stringMatching("dead-letters: deadletter 1/.*duplicated"))
    const touched = await planted(STREAMS.deadletter, ([first, ...rest]) => [
      { ...first!, value: Buffer.of(1) },
      ...rest,
    ])
    expect(touched).toContainEqual(expect.stringMatching("dead-letters: deadletter 1/.*does not hold the record"))
  })

  it("does not take nothing for good", async () => {
    const found = await findingsOf(driver.log, new AttemptLog())
    expect(found).toContainEqual(expect.stringMatching("submissions: .*nobody sent: invented"))
    const empty = await altered(
      await altered(driver.log, STREAMS.deadletter, 0, () => []),
      STREAMS.deadletter,
      1,
      () => [],
    )
    expect(await findingsOf(empty)).toContain("dead-letters: nothing was there to be examined")
  })
})
