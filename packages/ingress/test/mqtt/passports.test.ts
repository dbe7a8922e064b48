/** Passports over a real log. What is published is looked at; a broker is `mosquitto.test.ts`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Checkpoint, groupCheckpoint } from "@assay/consumer"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit, encodePassport, type IssuedPassport } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AuditEvent } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type PassportPushOptions, type RunningPassportPush, startPassportPush } from "../../src/mqtt/passports.ts"
import { parseReceiptTopic } from "../../src/mqtt/topics.ts"

const DID = "did:key:z6MkExample"
const TOPIC = parseReceiptTopic("P", "assay/{device}/passport")
const NOW = 1_760_000_000_000

let dir = ""
let log: Log
let running: RunningPassportPush | null
let sent: Array<string>
let kept: Map<string, number>
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-push-"))
  log = await openEmbedded({ dir, partitions: 1 })
  running = null
  sent = []
  kept = new Map()
})
afterEach(async () => {
  await running?.stop()
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

const checkpoint: Checkpoint = {
  load: async ({ stream }) => kept.get(stream) ?? null,
  save: async ({ stream }, _from, next) => void kept.set(stream, next),
}
const start = async (rest: Partial<PassportPushOptions> = {}) => {
  running = await startPassportPush({
    log,
    group: null,
    checkpoint,
    topic: TOPIC,
    publish: async (topic, payload) => void sent.push(`${topic} ${payload}`),
    now: () => NOW,
    onProblem: () => undefined,
    ...rest,
  })
  await running.settled()
  return running
}
const issue = (serial: string, changed: Partial<IssuedPassport> = {}): Promise<unknown> => {
  const passport = {
    device: DID,
    serial,
    zone: "field",
    issued: NOW,
    expires: NOW + 1_000,
    audit: 0,
    jwt: serial,
    cwt: null,
  }
  const value = encodePassport({ ...passport, ...changed })
  return log.append({ stream: STREAMS.passports, partition: 0 }, [{ key: Buffer.from(DID), value }])
}
const happen = (changed: Partial<AuditEvent>): Promise<unknown> => {
  const event: AuditEvent = {
    ...{
      kind: "transition",
      origin: { epoch: 1, partition: 0, offset: 1 },
      index: 0,
      time: NOW,
      device: DID,
      digest: null,
    },
    ...{ decision: null, verdicts: [], reasons: [], from: null, to: null, evidence: [], count: 0, root: null },
    ...{ record: null, detail: null },
    ...changed,
  }
  return log.append({ stream: STREAMS.audit, partition: 0 }, [{ key: Buffer.from(DID), value: encodeAudit(event) }])
}
const life = (to: string): Promise<unknown> =>
  happen({ kind: "life", detail: JSON.stringify({ from: "active", to, move: "suspend" }) })

it("the newest of each device goes to its own topic; one that has run out goes nowhere", async () => {
  await issue("one")
  await issue("two")
  await issue("over", { device: "did:key:z6MkOther", expires: NOW })
  await start()
  expect(sent).toEqual([`assay/${DID}/passport two`])
  await issue("three", { cwt: Buffer.from("as CWT") })
  await running!.settled()
  expect(sent.at(-1)).toBe(`assay/${DID}/passport as CWT`)
})

it.each([
  ["a fall out of trust", () => happen({ from: "trusted", to: "watched" })],
  ["a suspension", () => life("suspended")],
  ["a retirement", () => life("retired")],
])("%s takes back what the broker retains, and no passport of before comes after it", async (_, lose) => {
  await issue("one")
  await start()
  await lose()
  await running!.settled()
  expect(sent).toEqual([`assay/${DID}/passport one`, `assay/${DID}/passport `])
  await issue("of before")
  await running!.settled()
  expect(sent).toHaveLength(2)
  await issue("of after", { audit: 1 })
  await running!.settled()
  expect(sent.at(-1)).toBe(`assay/${DID}/passport of after`)
  expect(running!.counts()).toEqual({ sent: 2, withdrawn: 1, refused: 0 })
})

it("a passport that was issued after a loss is not taken back by it", async () => {
  await life("suspended")
  await life("active")
  await issue("after", { audit: 2 })
  await start()
  expect(sent.at(-1)).toBe(`assay/${DID}/passport after`)
})

it("goes on where it was, and waits for a broker that is away", async () => {
  await issue("one")
  let isAway = true
  const publish = async (topic: string): Promise<void> => {
    if (isAway) throw new Error("there is no connection to the broker")
    sent.push(topic)
  }
  const push = startPassportPush({
    log,
    group: null,
    checkpoint,
    topic: TOPIC,
    publish,
    now: () => NOW,
    onProblem: () => undefined,
  })
  running = await push
  isAway = false
  await running.settled()
  expect(sent).toHaveLength(1)
  await running.stop()
  await start({ publish })
  expect(sent).toHaveLength(1)
})

it("begins where the stream does, whose first passports are gone, and keeps its position in the log", async () => {
  await issue("gone")
  await issue("kept")
  const truncate = [{ stream: STREAMS.passports, before: 1 }]
  await log.commit(0, { group: "retention", stream: STREAMS.audit, from: 0, next: 0, outputs: [], truncate })
  await start({ checkpoint: groupCheckpoint(log, "passport-push") })
  expect(sent).toEqual([`assay/${DID}/passport kept`])
  expect(await log.position("passport-push", { stream: STREAMS.passports, partition: 0 })).toBe(2)
})

it("what the broker refuses is counted, and holds up nobody", async () => {
  await issue("one")
  await issue("two", { device: "did:key:z6MkOther" })
  const publish = async (topic: string): Promise<void> => {
    if (topic.includes(DID)) throw Object.assign(new Error("not authorized"), { code: 135 })
    sent.push(topic)
  }
  await start({ publish })
  expect(running!.counts()).toEqual({ sent: 1, withdrawn: 0, refused: 1 })
})
