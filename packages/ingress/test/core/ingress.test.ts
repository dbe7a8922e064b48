/** The way into the log as any protocol takes it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { toRawEntry } from "@assay/engine"
import { type Log, partitionOf, UnavailableError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type IngressOptions, makeIngress } from "../../src/core/ingress.ts"
import { Quota } from "../../src/core/quota.ts"
import { isRefusal, MAX_MESSAGE, type Submission } from "../../src/core/submission.ts"

let dir = ""
let log: Log
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-ingress-"))
  log = await openEmbedded({ dir, partitions: 2 })
})
afterEach(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

const ingressOf = (changed: Partial<IngressOptions> = {}) =>
  makeIngress({
    log,
    quota: new Quota(1_000, 1_000),
    maxBacklog: 10,
    backlog: async () => 0,
    onAccepted: () => undefined,
    ...changed,
  })

/** A message that claims an issuer, and so a partition. */
const message = (iss: string, changed: Partial<Submission> = {}): Submission => ({
  bytes: Buffer.from(`e30.${Buffer.from(JSON.stringify({ iss })).toString("base64url")}.c2ln`),
  mediaType: "application/jose",
  binding: "test",
  originator: "somewhere",
  principal: "gateway",
  traceparent: null,
  ...changed,
})
const codesOf = (answers: Awaited<ReturnType<ReturnType<typeof ingressOf>["submit"]>>) =>
  answers.map((answer) => (isRefusal(answer) ? answer.code : "taken"))
const written = async (): Promise<number> => {
  const ends = await Promise.all([0, 1].map((partition) => log.bounds({ stream: STREAMS.submitted, partition })))
  return ends.reduce((sum, { end }) => sum + end, 0)
}

describe("submit", () => {
  it("answers with the origin of what is durable, under the key that the message claims", async () => {
    const devices = Array.from({ length: 20 }, (_, n) => `did:key:d${n}`)
    const submissions = devices.map((iss, n) => message(iss, { originator: `from ${n}` }))
    const answers = await ingressOf().submit(submissions)
    for (const [n, answer] of answers.entries()) {
      if (isRefusal(answer)) throw new Error(answer.sentence)
      const { partition, offset } = answer.origin
      expect(partition).toBe(partitionOf(Buffer.from(devices[n]!), 2))
      const [record] = await log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
      expect(Buffer.from(record!.key).toString()).toBe(devices[n])
      const entry = toRawEntry(record!, true, log.epoch, partition, 0)
      if (entry.kind !== "message") throw new Error(entry.kind)
      const { envelope } = entry.message
      expect(envelope).toMatchObject({ binding: "test", originator: `from ${n}`, principal: "gateway" })
      expect(Buffer.from(envelope.bytes)).toEqual(Buffer.from(submissions[n]!.bytes))
    }
  })

  it("refuses what has no bytes or too many, and takes the rest", async () => {
    const accepted: Array<number> = []
    const ingress = ingressOf({ onAccepted: (count) => accepted.push(count) })
    const answers = await ingress.submit([
      message("a", { bytes: Buffer.alloc(0) }),
      message("b"),
      message("c", { bytes: Buffer.alloc(MAX_MESSAGE + 1) }),
      message("d", { bytes: Buffer.alloc(MAX_MESSAGE) }),
    ])
    expect(codesOf(answers)).toEqual(["empty", "taken", "too_large", "taken"])
    expect(answers[0]).toMatchObject({ retryAfterMs: null })
    expect(await written()).toBe(2)
    expect(accepted).toEqual([2])
  })

  it("charges each principal for its own: all of one are taken or none", async () => {
    const ingress = ingressOf({ quota: new Quota(0.001, 2) })
    const of = (principal: string | null) => message("x", { principal })
    const answers = await ingress.submit([of("a"), of("b"), of("a"), of(null)])
    expect(codesOf(answers)).toEqual(["taken", "taken", "taken", "taken"])
    const again = await ingress.submit([of("a"), of("b"), of(null), of(null)])
    expect(codesOf(again)).toEqual(["quota", "taken", "quota", "quota"])
    expect(again[0]).toMatchObject({ sentence: "a is over its quota", retryAfterMs: expect.any(Number) })
    expect(await written()).toBe(5)
  })

  it("takes nothing while the pipeline is behind, and says when to come again", async () => {
    const answers = await ingressOf({ backlog: async () => 11 }).submit([message("a"), message("b")])
    expect(codesOf(answers)).toEqual(["backlog", "backlog"])
    expect(answers[0]).toMatchObject({ retryAfterMs: 1_000 })
    expect(await written()).toBe(0)
  })

  it("gives an append the trace of its first message that has one", async () => {
    const traces: Array<string | null> = []
    const ingress = ingressOf({
      append: (at, records, caller) => {
        traces.push(caller)
        return log.append(at, records)
      },
    })
    await ingress.submit([message("a"), message("a", { traceparent: "00-1" }), message("a", { traceparent: "00-2" })])
    expect(traces).toEqual(["00-1"])
  })

  it("acknowledges nothing where the log does not say that it is durable", async () => {
    const accepted: Array<number> = []
    const append = () => Promise.reject(new UnavailableError("no broker answers"))
    const ingress = ingressOf({ append, onAccepted: (count) => accepted.push(count) })
    await expect(ingress.submit([message("a")])).rejects.toThrow(UnavailableError)
    expect(accepted).toEqual([])
  })
})
