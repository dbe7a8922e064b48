/** What a copy of a log on Kafka has where retention took the head of a stream, or all of it, and cells were swapped. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PROGRESS_KEY } from "@assay/engine"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { ALL_STREAMS, changelogOf, STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { copyFromKafka } from "../../src/backup/from-kafka.ts"

const STEP_MS = 240_000
const record = (text: string) => ({ key: Buffer.from(`key ${text}`), value: Buffer.from(text) })
/** As a runner writes it (`packages/engine/src/state/progress.ts`). */
const progress = (next: number) => {
  const value = Buffer.alloc(17, 0)
  value[0] = 1
  value.writeBigUInt64BE(BigInt(next), 1)
  return { key: Buffer.from(PROGRESS_KEY), value }
}

describeKafka("a copy of a log on Kafka", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-copy-kafka-"))
  let made: TestLog
  let log: Log
  let copy: Log
  const at = (stream: string) => ({ stream, partition: 0 })
  const texts = async (of: Log, stream: string) =>
    (await of.read(at(stream), 0, 1_000, 1 << 24)).map(({ offset, time, value }) => [
      offset,
      time,
      Buffer.from(value).toString("latin1"),
    ])

  beforeAll(async () => {
    const { client } = await testCluster()
    made = await createTestLog(client.brokers as ReadonlyArray<string>, ALL_STREAMS)
    log = await made.open()
    for (let n = 0; n < 6; n++) await log.append(at(STREAMS.submitted), [record(`submitted ${n}`)])
    const submitted = at(STREAMS.submitted)
    await log.take("chained", submitted)
    for (let n = 0; n < 4; n++)
      await log.commit(0, {
        group: "chained",
        stream: STREAMS.submitted,
        from: n,
        next: n + 1,
        outputs: [
          { stream: STREAMS.verified, records: [record(`verified ${n}`)] },
          { stream: STREAMS.audit, records: [record(`audit ${n}`), record(`audit ${n} again`)] },
          { stream: changelogOf("chained"), records: [record(`state ${n}`), progress(n + 1)] },
        ],
      })
    // A stage of its own, whose input was read to its end.
    await log.append(at(STREAMS.identified), [record("identified 0"), record("identified 1")])
    await log.take("credential-checker", at(STREAMS.identified))
    await log.commit(0, {
      group: "credential-checker",
      stream: STREAMS.identified,
      from: 0,
      next: 2,
      outputs: [{ stream: STREAMS.checked, records: [record("checked")] }],
      // As retention does: the head of one stream, all of others.
      truncate: [
        { stream: STREAMS.submitted, before: 2 },
        { stream: STREAMS.verified, before: 1_000 },
        { stream: STREAMS.identified, before: 1_000 },
      ],
    })
    await log.cells.swap(0, "row", null, Buffer.from("first"))
    await log.cells.swap(0, "row", Buffer.from("first"), Buffer.from("second"))
    await copyFromKafka(log, dir, () => undefined)
    copy = await openEmbedded({ dir, readOnly: true })
  }, STEP_MS)
  afterAll(async () => {
    await copy.close()
    await made.destroy()
    rmSync(dir, { recursive: true, force: true })
  }, STEP_MS)

  it("has every record that was kept under its offset and stamp, markers between them", async () => {
    for (const stream of [STREAMS.submitted, STREAMS.audit, STREAMS.checked, changelogOf("chained")])
      expect(await texts(copy, stream), stream).toEqual(await texts(log, stream))
    // Two records in each commit, and its marker behind them; an attempt that brokers put off leaves a marker more.
    const offsets = (await texts(copy, STREAMS.audit)).map(([offset]) => Number(offset))
    expect(offsets).toHaveLength(8)
    for (let n = 0; n < 8; n += 2) expect(offsets[n + 1]).toBe(offsets[n]! + 1)
    for (let n = 2; n < 8; n += 2) expect(offsets[n]).toBeGreaterThan(offsets[n - 1]! + 1)
    expect(await copy.bounds(at(STREAMS.submitted))).toEqual({ start: 2, end: 6 })
  })

  it("of a stream that retention took as a whole ends where its readers are, so that none has lost anything", async () => {
    expect(await texts(copy, STREAMS.identified)).toEqual([])
    expect(await copy.bounds(at(STREAMS.identified))).toEqual({ start: 2, end: 2 })
    const { start, end } = await copy.bounds(at(STREAMS.verified))
    expect([start, end]).toEqual([end, (await log.bounds(at(STREAMS.verified))).end])
  })

  it("has positions and the cells of now, and is the same log", async () => {
    expect(await copy.position("chained", at(STREAMS.submitted))).toBe(4)
    expect(await copy.position("credential-checker", at(STREAMS.identified))).toBe(2)
    expect(Buffer.from((await copy.cells.get(0, "row"))!).toString()).toBe("second")
    expect(await copy.cells.get(0, "log")).toBeNull()
    expect([copy.epoch, copy.genesis, copy.partitions]).toEqual([log.epoch, log.genesis, log.partitions])
  })
})
