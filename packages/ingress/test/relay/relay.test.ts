/** An adapter without a log of its own, over HTTP to a node. */
import { toRawEntry } from "@assay/engine"
import { UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import type { Submission } from "../../src/core/submission.ts"
import { relayTo } from "../../src/relay/client.ts"
import { as, call, MAX_BACKLOG, PER_SECOND, post, rig, submitted, useIngress } from "../http/support.ts"

useIngress()

const submission = (text: string, principal = "did:key:z"): Submission => ({
  bytes: Buffer.from(text),
  mediaType: "application/jose",
  binding: "mqtt",
  originator: "plant/7",
  principal,
  traceparent: null,
})
const relay = (name = "adapter") =>
  relayTo({ url: new URL(rig.server.url), token: Redacted.make(`${name}-secret`), timeoutMs: 5_000 })

describe("a relay", () => {
  it("brings messages into the log with the facts that the adapter saw", async () => {
    const before = await rig.log.bounds({ stream: STREAMS.submitted, partition: 0 })
    const [answer] = await relay().submit([submission("\u0000\u00ff")])
    if (answer === undefined || !("origin" in answer)) throw new Error("it was refused")
    const { partition, offset } = answer.origin
    expect(offset).toBeGreaterThanOrEqual(partition === 0 ? before.start : 0)
    const [record] = await rig.log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
    const entry = toRawEntry(record!, true, 1, partition, 0)
    if (entry.kind !== "message") throw new Error("it is no message")
    const { bytes, ...facts } = entry.message.envelope
    expect(Buffer.from(bytes)).toEqual(Buffer.from("\u0000\u00ff"))
    expect(facts).toEqual({
      mediaType: "application/jose",
      binding: "mqtt",
      originator: "plant/7",
      principal: "did:key:z",
    })
  })

  it("answers each: one sender's quota is no other's concern", async () => {
    const greedy = Array.from({ length: PER_SECOND }, () => submission("a", "greedy"))
    const both = await Promise.all([0, 1].map(() => relay().submit([...greedy, submission("b", "modest")])))
    // One of the two took all that the bucket holds: the other is refused whole, and its other sender is not.
    const refused = both.find(([first]) => first !== undefined && "code" in first)!
    expect(refused.slice(0, -1).every((answer) => "code" in answer && answer.code === "quota")).toBe(true)
    for (const answers of both) expect(answers.at(-1)).toHaveProperty("origin")
  })

  it("says that the pipeline is behind, and takes nothing", async () => {
    rig.backlog = MAX_BACKLOG + 1
    const before = await submitted()
    expect(await relay().submit([submission("a")])).toMatchObject([{ code: "backlog", retryAfterMs: 1_000 }])
    expect(await submitted()).toBe(before)
  })

  it("is for those who have the right alone: whoever may submit speaks for itself", async () => {
    expect((await post("/v1/relay", "{}", as("gateway"))).status).toBe(403)
    await expect(relay("gateway").submit([submission("a")])).rejects.toThrow(/403.*lacks the right to relay/)
  })

  it.each<[string, string, number, string]>([
    ["nothing", "", 400, "http.empty"],
    ["a line that is no submission", "{}\n", 400, "relay.malformed"],
  ])("refuses %s whole", async (_, body, status, error) => {
    const before = await submitted()
    const answer = await post("/v1/relay", body, as("adapter"))
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error })
    expect(await submitted()).toBe(before)
  })

  it("refuses more than 1,024 at once", async () => {
    const body = `${JSON.stringify({ ...submission("a"), bytes: "YQ==" })}\n`.repeat(1_025)
    expect((await call("/v1/relay", { method: "POST", body, headers: as("adapter") })).status).toBe(413)
  })

  it("rejects where no node answers: nobody knows then what is in the log", async () => {
    const nobody = relayTo({ url: new URL("http://127.0.0.1:1"), token: null })
    await expect(nobody.submit([submission("a")])).rejects.toThrow(UnavailableError)
    await expect(nobody.submit([submission("a")])).rejects.toThrow("no node answers at http://127.0.0.1:1")
  })
})
