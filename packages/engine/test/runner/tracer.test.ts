import type { Log, LogRecord } from "@assay/log"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { BatchTracer } from "../../src/runner/tracer.ts"
import { GROUP, INPUT, OUTPUT, Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

/** Counts what it is given; the nth batch gets the traceparent `n`. */
class Recorder implements BatchTracer {
  readonly begun: Array<{ readonly batch: object; readonly records: ReadonlyArray<LogRecord> }> = []
  readonly ended: Array<{ readonly n: number; readonly entries: number; readonly error?: unknown }> = []

  begin(batch: object, records: ReadonlyArray<LogRecord>) {
    const n = this.begun.push({ batch, records }) - 1
    return {
      traceparent: `${n}`,
      end: (outcome: { readonly entries: number; readonly error?: unknown }) => {
        this.ended.push({ n, ...outcome })
      },
    }
  }
}

const parents = async (at: { stream: string; partition: number }) =>
  (await readAll(log, at)).map(({ headers }) => {
    const found = headers?.["traceparent"] as Uint8Array | undefined
    return found === undefined ? null : Buffer.from(found).toString()
  })

describe("a traced runner", () => {
  it("links what it read and marks the first record of each stream of its commit", async () => {
    await rig.messages(log, "did:a", "did:b", "did:c", "did:d")
    const tracer = new Recorder()
    await (await rig.runner(log, { tracer, batchRecords: 2 })).drain()
    expect(tracer.begun.map(({ batch }) => batch)).toEqual([0, 1].map(() => ({ group: GROUP, ...INPUT })))
    expect(tracer.begun.map(({ records }) => records.length)).toEqual([2, 2])
    expect(tracer.ended).toEqual([
      { n: 0, entries: 2 },
      { n: 1, entries: 2 },
    ])
    expect(await parents(OUTPUT)).toEqual(["0", null, "1", null])
  })

  it("ends the span of a batch that failed, and of those read ahead of it, once each", async () => {
    const tracer = new Recorder()
    const runner = await rig.runner(log, { tracer, batchRecords: 1 })
    await rig.messages(log, "did:a", "did:b", "did:c")
    await rig.runner(rig.cluster.process())
    await expect(runner.run(new AbortController().signal)).rejects.toThrow("another process took")
    expect(tracer.ended.map(({ n }) => n)).toEqual([0, 1])
    expect(tracer.ended[0]!.error).toMatchObject({ name: "TakenOverError" })
    expect(tracer.ended[1]).toEqual({ n: 1, entries: 0 })
  })

  it("ends what it had read ahead when it stops", async () => {
    const tracer = new Recorder()
    const stop = new AbortController()
    const runner = await rig.runner(log, { tracer, batchRecords: 1, onBatch: () => stop.abort() })
    await rig.messages(log, "did:a", "did:b", "did:c")
    await runner.run(stop.signal)
    expect(tracer.ended).toEqual([
      { n: 0, entries: 1 },
      { n: 1, entries: 0 },
    ])
  })

  it("writes no headers where the engine has none", async () => {
    const tracer = new Recorder()
    await rig.messages(rig.embedded, "did:a")
    await (await rig.runner(rig.embedded, { tracer })).drain()
    expect(tracer.ended).toEqual([{ n: 0, entries: 1 }])
    const [first] = await rig.embedded.read(OUTPUT, 0, 1, 1 << 20)
    expect(first).not.toHaveProperty("headers")
  })
})
