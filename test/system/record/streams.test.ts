/** A forged, doubled, changed, moved or missing record of a decided or rejected stream is named by stream, partition and offset. */
import { join } from "node:path"
import { type StreamReport, verifyStreams } from "@assay/engine"
import type { Log, LogRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeRejected, encodeAssayed, encodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 180_000
let run: SealedRun
let log: Log

beforeAll(async () => {
  run = await sealedRun("every record has its decision", "staged")
  log = await openEmbedded({ dir: run.dir, readOnly: true })
}, STEP_MS)
afterAll(async () => {
  await log?.close()
  run?.remove()
})

/** The log as it reads once somebody has edited what lies on the disk: `edit` gives one stream's records anew. */
const edited = (
  stream: string,
  edit: (records: Array<LogRecord>) => ReadonlyArray<LogRecord>,
  gone = 0,
  expires = false,
): Log => {
  let made: ReadonlyArray<LogRecord> | null = null
  const all = async (): Promise<ReadonlyArray<LogRecord>> => {
    made ??= edit([...(await log.read({ stream, partition: 0 }, 0, 100_000, 1 << 30))])
    return made.map((record, offset) => ({ ...record, offset: offset + gone }))
  }
  return {
    ...log,
    traits: { ...log.traits, expires },
    bounds: async (at) => (at.stream === stream ? { start: gone, end: gone + (await all()).length } : log.bounds(at)),
    read: async (at, from, count, bytes) =>
      at.stream === stream
        ? (await all()).filter(({ offset }) => offset >= from).slice(0, count)
        : log.read(at, from, count, bytes),
  }
}

const of = (reports: ReadonlyArray<StreamReport>, stream: string): StreamReport =>
  reports.find((report) => report.stream === stream)!
const found = async (of: Log): Promise<ReadonlyArray<readonly [string, string, number | null]>> =>
  (await verifyStreams(of, 0)).flatMap(({ findings }) =>
    findings.map(({ kind, stream, offset }) => [kind, stream, offset] as const),
  )
const changed = (record: LogRecord): LogRecord => {
  const message = decodeAssayed(record.value)
  return { ...record, value: encodeAssayed({ ...message, readings: [], time: message.time + 1 }) }
}

describe("the records of the streams, against the log", () => {
  it("an untouched deployment is intact, and every record was compared", async () => {
    const reports = await verifyStreams(log, 0)
    for (const report of reports) {
      const { end } = await log.bounds({ stream: report.stream, partition: 0 })
      expect(report, report.stream).toMatchObject({ compared: end, found: 0, expired: 0 })
    }
    expect(of(reports, STREAMS.verified).compared).toBeGreaterThan(20)
    expect(of(reports, STREAMS.quarantined).compared).toBeGreaterThan(0)
    expect(of(reports, STREAMS.rejected).compared).toBeGreaterThan(15)
  })

  it.each([STREAMS.verified, STREAMS.quarantined])(
    "a changed, forged, doubled, missing or moved record of %s",
    async (stream) => {
      expect(await found(edited(stream, (all) => all.with(1, changed(all[1]!))))).toEqual([
        ["record-altered", stream, 1],
      ])
      const forge = (record: LogRecord): LogRecord => {
        const message = decodeAssayed(record.value)
        return { ...record, value: encodeAssayed({ ...message, origin: { ...message.origin, offset: 9_999_999 } }) }
      }
      expect(await found(edited(stream, (all) => all.toSpliced(1, 0, forge(all[0]!))))).toEqual([
        ["record-inserted", stream, 1],
      ])
      expect(await found(edited(stream, (all) => [...all, forge(all[0]!)]))).toEqual([
        ["record-inserted", stream, (await log.bounds({ stream, partition: 0 })).end],
      ])
      expect(await found(edited(stream, (all) => all.toSpliced(1, 0, all[0]!)))).toEqual([
        ["record-doubled", stream, 1],
      ])
      expect(await found(edited(stream, (all) => all.toSpliced(1, 1)))).toEqual([["record-missing", stream, null]])
      expect(await found(edited(stream, (all) => all.slice(0, -1)))).toEqual([["record-missing", stream, null]])
      expect(await found(edited(stream, (all) => all.with(0, all[1]!).with(1, all[0]!)))).toEqual([
        ["record-moved", stream, 1],
      ])
      expect(
        await found(edited(stream, (all) => all.with(0, { ...all[0]!, key: Buffer.from("did:key:zOther") }))),
      ).toEqual([["record-altered", stream, 0]])
      expect(await found(edited(stream, (all) => all.with(0, { ...all[0]!, value: Buffer.from("junk") })))).toEqual(
        expect.arrayContaining([["record-inserted", stream, 0]]),
      )
    },
  )

  it("a record that was moved into a better stream is forged there and missing here", async () => {
    const bad = (await log.read({ stream: STREAMS.quarantined, partition: 0 }, 0, 1, 1 << 20))[0]!
    const message = decodeAssayed(bad.value)
    const value = encodeAssayed({ ...message, decision: { ...message.decision!, outcome: "verified", reasons: [] } })
    expect(await found(edited(STREAMS.verified, (all) => all.toSpliced(2, 0, { ...bad, value })))).toEqual([
      ["record-inserted", STREAMS.verified, 2],
    ])
  })

  it("a changed, forged, doubled or missing record of rejected", async () => {
    const stream = STREAMS.rejected
    const other = (record: LogRecord, more: object): LogRecord => ({
      ...record,
      value: encodeRejected({ ...decodeRejected(record.value), ...more }),
    })
    const altered = await verifyStreams(
      edited(stream, (all) => all.with(3, other(all[3]!, { value: Buffer.from("harmless") }))),
      0,
    )
    expect(of(altered, stream)).toMatchObject({ found: 1 })
    const { kind, text } = of(altered, stream).findings[0]!
    expect(["batch-altered"]).toContain(kind)
    expect(text).toContain("is not what was rejected")
    expect(
      await found(edited(stream, (all) => all.with(4, { ...all[4]!, key: Buffer.from("did:key:zVictim") }))),
    ).toEqual([["record-altered", stream, 4]])
    const foreign = { batch: { epoch: 1, partition: 0, offset: 9_999_999 } }
    expect(await found(edited(stream, (all) => all.toSpliced(4, 0, other(all[4]!, foreign))))).toEqual([
      ["record-inserted", stream, 4],
    ])
    expect(await found(edited(stream, (all) => all.toSpliced(4, 0, all[3]!)))).toEqual(
      expect.arrayContaining([expect.arrayContaining([stream, 4])]),
    )
    expect(await found(edited(stream, (all) => all.slice(0, -1)))).toEqual([
      ["record-missing", stream, expect.anything()],
    ])
    expect(await found(edited(stream, () => []))).toEqual(expect.arrayContaining([["record-missing", stream, null]]))
  })

  it("a forged batch of rejected without end is a finding early on, and is not held", async () => {
    const stream = STREAMS.rejected
    const forged = (record: LogRecord, n: number): LogRecord => {
      const origin = { epoch: 1, partition: 0, offset: 1_000_000 + n }
      const batch = { epoch: 1, partition: 0, offset: 9_999_999 }
      return {
        ...record,
        key: Buffer.from(`1/0/${origin.offset}`),
        value: encodeRejected({ ...decodeRejected(record.value), origin, batch }),
      }
    }
    const many = 10_010
    const report = of(
      await verifyStreams(
        edited(stream, (all) => [...all, ...Array.from({ length: many }, (_, n) => forged(all[0]!, n))]),
        0,
      ),
      stream,
    )
    expect(report.findings.map(({ kind }) => kind)).toEqual(["record-inserted", "record-inserted"])
  })

  it.each([STREAMS.verified, STREAMS.rejected])(
    "what retention took of %s is said, and is no finding",
    async (stream) => {
      const reports = await verifyStreams(
        edited(stream, (all) => all.slice(5), 5, true),
        0,
      )
      expect(of(reports, stream)).toMatchObject({ found: 0 })
      expect(of(reports, stream).expired).toBeGreaterThanOrEqual(5)
      expect(of(reports, stream).expiredUntil).toBeGreaterThan(0)
    },
  )

  it.each([STREAMS.verified, STREAMS.quarantined, STREAMS.rejected])(
    "what is gone at the head of %s on a log that takes nothing away is missing, all of it too",
    async (stream) => {
      for (const cut of [3, 100_000]) {
        const reports = await verifyStreams(
          edited(stream, (all) => all.slice(cut), cut),
          0,
        )
        expect(of(reports, stream), String(cut)).toMatchObject({ expired: 0, unchecked: 0 })
        expect(of(reports, stream).findings.map(({ kind }) => kind)).toContain("record-missing")
      }
    },
  )

  it("what is left of a batch of rejected whose first records retention took is said not to be checked", async () => {
    const stream = STREAMS.rejected
    const forged = ({ value, ...record }: LogRecord): LogRecord => ({
      ...record,
      value: encodeRejected({ ...decodeRejected(value), value: Buffer.from("harmless") }),
    })
    const all = await log.read({ stream, partition: 0 }, 0, 100_000, 1 << 30)
    const batchOf = ({ value }: LogRecord): string => {
      const { batch, stage } = decodeRejected(value)
      return `${batch.offset} ${stage}`
    }
    const at = all.findIndex((one, n) => n > 0 && batchOf(one) === batchOf(all[n - 1]!))
    const rest = all.filter((one, n) => n >= at && batchOf(one) === batchOf(all[at]!)).length
    expect(rest).toBeGreaterThan(0)
    const change = (records: Array<LogRecord>) =>
      records.slice(at).map((one) => (batchOf(one) === batchOf(all[at]!) ? forged(one) : one))
    expect(of(await verifyStreams(edited(stream, change, at, true), 0), stream)).toMatchObject({
      found: 0,
      unchecked: rest,
      compared: all.length - at - rest,
    })
    expect(await found(edited(stream, change, at))).toContainEqual(["record-missing", stream, at])
  })

  it("a record whose event is not sealed yet is not counted among those compared", async () => {
    for (const report of await verifyStreams(log, 0, { sealedTo: 0 })) {
      const { end } = await log.bounds({ stream: report.stream, partition: 0 })
      expect(report, report.stream).toMatchObject({ compared: 0, unsealed: end, found: 0 })
    }
  })

  it(
    "assay verify --streams: exit code 0 where all is well, 1 where a record was appended that no decision calls for",
    async () => {
      const args = ["verify", run.dir, "--key", join(run.dir, "vkeys"), "--streams"]
      const good = await assay(args, { cwd: run.root })
      expect(good).toMatchObject({ code: 0, err: expect.any(String) })
      expect(good.out).toContain("telemetry.verified.v1, partition 0: intact")
      expect(good.out).toContain("not checked: whose key --key is: it lies inside the data directory")
      await log.close()
      const writer = await openEmbedded({ dir: run.dir })
      const at = { stream: STREAMS.verified, partition: 0 }
      const [first] = await writer.read(at, 0, 1, 1 << 20)
      const { offset } = await writer.append(at, [{ key: first!.key, value: first!.value }])
      await writer.close()
      const bad = await assay(args, { cwd: run.root })
      expect(bad.code).toBe(1)
      expect(bad.out).toContain(`offset ${offset}: record-doubled`)
    },
    STEP_MS,
  )
})
