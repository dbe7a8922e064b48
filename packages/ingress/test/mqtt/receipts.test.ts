/** Receipts over a real log. What is published is looked at; a broker is `mosquitto.test.ts`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Checkpoint } from "@assay/consumer"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { message as sample } from "@assay/testkit/samples"
import type { AssayedMessage, Outcome } from "@assay/trust"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ReceiptOptions, type RunningReceipts, receiptOf, startReceipts } from "../../src/mqtt/receipts.ts"
import { parseReceiptTopic } from "../../src/mqtt/topics.ts"

const DID = "did:key:z6MkExample"
const ISSUER = "did:key:z6MkIssuer"
const TOPIC = parseReceiptTopic("R", "assay/{device}/receipts")

const message = (outcome: Outcome, changed: Partial<AssayedMessage["envelope"]> = {}, iss = DID): AssayedMessage => ({
  ...sample,
  time: 1_760_000_000_500,
  claims: { ...sample.claims!, iss },
  envelope: { ...sample.envelope, binding: "mqtt", originator: `assay/${iss}/m`, principal: iss, ...changed },
  decision: { ...sample.decision!, outcome, kind: "original", supersedes: null },
})

describe("a receipt", () => {
  const { digest } = sample.claims!
  it.each<[Outcome, "taken" | "held"]>([
    ["verified", "taken"],
    ["annotated", "taken"],
    ["quarantined", "held"],
  ])("says of what was %s that it is %s, and no more", (outcome, rcp) => {
    expect(receiptOf(message(outcome), ISSUER)).toEqual({ iss: ISSUER, sub: DID, dig: digest, rcp, iat: 1_760_000_000 })
  })

  it.each<[string, AssayedMessage]>([
    ["came over HTTP", message("verified", { binding: "http" })],
    ["was carried by another", message("verified", { principal: "gateway" })],
    [
      "is decided a second time",
      { ...message("annotated"), decision: { ...message("annotated").decision!, kind: "released" } },
    ],
    ["has no claims", { ...message("verified"), claims: null }],
  ])("is none for what %s", (_, given) => {
    expect(receiptOf(given, ISSUER)).toBeNull()
  })
})

describe("receipts", () => {
  let dir = ""
  let log: Log
  let running: RunningReceipts | null
  let sent: Array<string>
  let kept: Map<string, number>
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "assay-receipts-"))
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

  const checkpoint = (): Checkpoint => ({
    load: async ({ stream }) => kept.get(stream) ?? null,
    save: async ({ stream }, _from, next) => void kept.set(stream, next),
  })
  const start = async (rest: Partial<ReceiptOptions> = {}) => {
    running = await startReceipts({
      log,
      group: null,
      checkpoint: checkpoint(),
      issuer: ISSUER,
      sign: ({ sub, rcp }) => Buffer.from(`${sub} ${rcp}`),
      topic: TOPIC,
      perSecond: 100,
      publish: async (topic, payload) => void sent.push(`${topic} ${payload}`),
      onProblem: () => undefined,
      ...rest,
    })
    return running
  }
  const decide = async (...messages: ReadonlyArray<AssayedMessage>): Promise<void> => {
    for (const one of messages)
      await log.append({ stream: STREAMS[one.decision!.outcome as "verified"], partition: 0 }, [
        { key: Buffer.from("k"), value: encodeAssayed(one) },
      ])
  }

  it("go to the device's own topic, for what is decided from now on", async () => {
    await decide(message("verified"))
    const receipts = await start()
    await receipts.settled()
    await decide(message("annotated"), message("quarantined"))
    await receipts.settled()
    expect(sent.sort()).toEqual([`assay/${DID}/receipts ${DID} held`, `assay/${DID}/receipts ${DID} taken`])
    expect(receipts.counts()).toEqual({ sent: 2, leftOut: 0, refused: 0 })
  })

  it("go on behind the last that the broker took", async () => {
    const first = await start()
    await first.settled()
    await decide(message("verified"))
    await first.settled()
    await first.stop()
    running = null
    await decide(message("quarantined"))
    await (await start()).settled()
    expect(sent).toHaveLength(2)
  })

  it("wait for the broker: what could not be published comes again", async () => {
    let isAway = true
    const publish = async (topic: string): Promise<void> => {
      if (isAway) throw new Error("there is no connection to the broker")
      sent.push(topic)
    }
    const receipts = await start({ publish })
    await receipts.settled()
    await decide(message("verified"))
    isAway = false
    await receipts.settled()
    expect(sent).toHaveLength(1)
  })

  it("are bounded in rate, each device for itself", async () => {
    const receipts = await start({ perSecond: 2 })
    await receipts.settled()
    await decide(...Array.from({ length: 5 }, () => message("verified")), message("verified", {}, "did:key:zOther"))
    await receipts.settled()
    expect(receipts.counts()).toEqual({ sent: 3, leftOut: 3, refused: 0 })
  })

  it("that the broker refuses stop no others", async () => {
    const publish = async (): Promise<void> => {
      throw Object.assign(new Error("Publish error: Not authorized"), { code: 135 })
    }
    const problems: Array<string> = []
    const receipts = await start({ publish, onProblem: (what) => problems.push(what) })
    await receipts.settled()
    await decide(message("verified"), message("verified"))
    await receipts.settled()
    expect(receipts.counts()).toEqual({ sent: 0, leftOut: 0, refused: 2 })
    expect(problems.join()).toContain("let this client write there in its ACL")
  })

  it("are none for what is no message of ours", async () => {
    const receipts = await start()
    await receipts.settled()
    await log.append({ stream: STREAMS.verified, partition: 0 }, [
      { key: Buffer.from("k"), value: Buffer.from("junk") },
    ])
    await decide(message("verified"))
    await receipts.settled()
    expect(sent).toHaveLength(1)
  })
})
