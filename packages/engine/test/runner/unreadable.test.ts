/** A record between the stages that nobody can read is a fault of ours: kept, vouched for, and no sender's. */
import type { Log } from "@assay/log"
import { decodeAudit, decodeEntry, decodeRejected } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { leafHash, rootOf } from "@assay/transparency"
import { STAGES } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type BatchDone, reasonOfUnreadable } from "../../src/index.ts"
import { INPUT, OUTPUT, Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

const all = (stream: string) => readAll(log, { stream, partition: 0 })

it("is the sender's on submitted, and ours on every other input of a stage", () => {
  expect(STAGES.map((stage) => reasonOfUnreadable(STAGE_STREAMS[stage].input))).toEqual([
    "identity.malformed_record",
    ...Array(4).fill("engine.unreadable_record"),
  ])
})

it("is kept as it came under where it lay, and counted as undecided; the stream goes on, and nothing is decided", async () => {
  await rig.messages(log, "did:a")
  await log.append(INPUT, [
    { key: Buffer.from("did:a"), value: Buffer.from("first") },
    { key: Buffer.from("did:a"), value: Buffer.from("second") },
  ])
  await rig.messages(log, "did:a")
  const batches: Array<BatchDone> = []
  await (await rig.runner(log, { onBatch: (done) => batches.push(done) })).drain()
  const bodies = (await readAll(log, OUTPUT)).map(({ value }) => decodeEntry(value).body)
  expect(bodies.map((body) => (body.kind === "message" ? body.message.verdicts.credential?.detail : null))).toEqual([
    "1",
    "2",
  ])
  const places = (await readAll(log, INPUT)).slice(1, 3).map(({ offset }) => offset)
  const kept = await all(STREAMS.undecided)
  expect(kept.map(({ key }) => Buffer.from(key).toString())).toEqual(
    places.map((offset) => `${INPUT.stream}/0/${offset}`),
  )
  const records = kept.map(({ value }) => decodeRejected(value))
  expect(records.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()])).toEqual([
    ["did:a", "first"],
    ["did:a", "second"],
  ])
  expect(records.map(({ reasons, detail }) => [...reasons, detail])).toEqual(
    Array(2).fill(["engine.unreadable_record", expect.stringContaining(`on ${INPUT.stream}: `)]),
  )
  expect(await all(STREAMS.rejected)).toEqual([])
  expect(batches).toMatchObject([{ undecided: 2, deadLetters: 2, decided: [] }])
  // One incident for the batch, and no decision: which message it was, nobody knows.
  const root = Buffer.from(rootOf(kept.map(({ value }) => leafHash(value)))).toString("base64url")
  expect((await all(STREAMS.audit)).map(({ value }) => decodeAudit(value))).toMatchObject([
    {
      kind: "incident",
      origin: { epoch: 1, partition: 0, offset: -1 - places[0]! },
      index: 1000,
      device: null,
      decision: null,
      reasons: ["engine.unreadable_record"],
      count: 2,
      root,
    },
  ])
})
