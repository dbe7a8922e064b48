/** `POST /v1/messages` on a real server and a real log: one message, streams, bounds, pressure. */

import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { toRawEntry } from "@assay/engine"
import { coseMessage } from "@assay/message"
import { STREAMS } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { as, MAX_BACKLOG, NDJSON, PER_SECOND, post, rig, submitted, useIngress } from "../support.ts"

useIngress()

/** So many that the quota does not grow back while they are written, however busy the machine is. */
const OVER = 10 * PER_SECOND

describe("POST /v1/messages", () => {
  it("takes one message, durable and untouched, with who handed it over", async () => {
    const answer = await post("/v1/messages", "not.even.jws", as("gateway"))
    expect(answer.status).toBe(202)
    const { origin } = (await answer.json()) as { origin: { epoch: number; partition: number; offset: number } }
    const [record] = await rig.log.read({ stream: STREAMS.submitted, partition: origin.partition }, origin.offset, 1, 1)
    const entry = toRawEntry(record!, true, rig.log.epoch, origin.partition, 0)
    expect(entry).toMatchObject({
      kind: "message",
      message: { envelope: { principal: "gateway", binding: "http", originator: "127.0.0.1" } },
    })
    if (entry.kind === "message") expect(Buffer.from(entry.message.envelope.bytes).toString()).toBe("not.even.jws")
    expect(rig.metrics.submitted).toBe(1)
  })

  it("takes a stream of lines, however they end, and gives the origins in their order", async () => {
    const lines = Array.from({ length: 600 }, (_, n) => `line-${n}`)
    const answer = await post("/v1/messages", `${lines.join("\r\n")}\n\n`, { ...as("gateway"), ...NDJSON })
    const { accepted, origins } = (await answer.json()) as {
      accepted: number
      origins: ReadonlyArray<{ partition: number; offset: number }>
    }
    expect({ status: answer.status, accepted, origins: origins.length }).toEqual({
      status: 202,
      accepted: 600,
      origins: 600,
    })
    for (const n of [0, 299, 599]) {
      const { partition, offset } = origins[n]!
      const [record] = await rig.log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
      const entry = toRawEntry(record!, true, rig.log.epoch, partition, 0)
      expect(entry.kind === "message" && Buffer.from(entry.message.envelope.bytes).toString()).toBe(`line-${n}`)
    }
  })

  it("takes COSE messages, one alone and many as a CBOR sequence, each with its media type and under its device", async () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const iss = encodeDidKey(publicKeyOf(privateKey))
    const messages = [0, 1, 2].map((seq) =>
      coseMessage({ iss, aud: "urn:a", iat: 1, act: "event", epo: 0, seq, body: { at: seq } }, privateKey, `${iss}#k`),
    )
    const kept = async ({ partition, offset }: { partition: number; offset: number }) => {
      const [record] = await rig.log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
      const entry = toRawEntry(record!, true, rig.log.epoch, partition, 0)
      if (entry.kind !== "message") throw new Error("no message")
      const { bytes, mediaType } = entry.message.envelope
      return { key: entry.message.key, mediaType, bytes: Buffer.from(bytes) }
    }
    const wanted = messages.map((bytes) => ({ key: iss, mediaType: "application/cose", bytes }))
    const one = await post("/v1/messages", messages[0]!, { ...as("gateway"), "content-type": "application/cose" })
    expect(await kept(((await one.json()) as { origin: Parameters<typeof kept>[0] }).origin)).toEqual(wanted[0])
    const type = { ...as("gateway"), "content-type": "application/cbor-seq" }
    const many = await post("/v1/messages", Buffer.concat(messages), type)
    const { accepted, origins } = (await many.json()) as {
      accepted: number
      origins: ReadonlyArray<Parameters<typeof kept>[0]>
    }
    expect(accepted).toBe(3)
    expect(await Promise.all(origins.map(kept))).toEqual(wanted)

    const before = await submitted()
    const cut = await post("/v1/messages", Buffer.concat(messages).subarray(0, -1), type)
    expect({ status: cut.status, ...((await cut.json()) as object) }).toMatchObject({
      status: 400,
      error: "http.bad_sequence",
    })
    expect(await submitted()).toBe(before)
  })

  it("refuses a message over the cap with 413, and keeps nothing of it", async () => {
    const before = await submitted()
    const answer = await post("/v1/messages", "x".repeat((1 << 20) + 1), as("gateway"))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: "http.too_large" })
    const line = await post("/v1/messages", `${"x".repeat((1 << 20) + 1)}\n`, { ...as("gateway"), ...NDJSON })
    expect(line.status).toBe(413)
    expect(await line.json()).toMatchObject({ error: "http.line_too_large" })
    expect(await submitted()).toBe(before)
  })

  it("takes what came before a line over the cap, and says how many", async () => {
    const good = Array.from({ length: 256 }, (_, n) => `before-${n}`).join("\n")
    const answer = await post("/v1/messages", `${good}\n${"x".repeat((1 << 20) + 1)}\n`, {
      ...as("gateway"),
      ...NDJSON,
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: "http.line_too_large", accepted: 256, origins: { length: 256 } })
  })

  it("takes empty lines between messages, and no body of nothing else without end", async () => {
    const headers = { ...as("gateway"), ...NDJSON }
    expect((await post("/v1/messages", `\n\r\n${"\n".repeat(1_000)}a\n\n`, headers)).status).toBe(202)
    const endless = await post("/v1/messages", "\n".repeat(65_537), headers)
    expect(endless.status).toBe(413)
    expect(await endless.json()).toMatchObject({ error: "http.too_many" })
  })

  it("answers 429 with retry-after over the quota, for each principal apart", async () => {
    const lines = Array.from({ length: OVER }, () => "x").join("\n")
    const answer = await post("/v1/messages", lines, { ...as("gateway"), ...NDJSON })
    expect(answer.status).toBe(429)
    expect(answer.headers.get("retry-after")).toBe("1")
    const { error, accepted, origins } = (await answer.json()) as {
      error: string
      accepted: number
      origins: ReadonlyArray<object>
    }
    expect(error).toBe("http.quota")
    // Whole chunks of 256 up to the quota, and what has grown back while they were written.
    expect(accepted).toBeGreaterThanOrEqual(768)
    expect(accepted).toBeLessThan(OVER)
    expect(origins.length).toBe(accepted)
    expect(rig.metrics.submitted).toBe(accepted)
  })

  it("answers 429 with retry-after when the pipeline is behind, and takes nothing", async () => {
    const before = await submitted()
    rig.backlog = MAX_BACKLOG + 1
    for (const headers of [as("gateway"), { ...as("gateway"), ...NDJSON }]) {
      const answer = await post("/v1/messages", "x", headers)
      expect(answer.status).toBe(429)
      expect(answer.headers.get("retry-after")).toBe("1")
      expect(await answer.json()).toMatchObject({ error: "http.backlog" })
    }
    expect(await submitted()).toBe(before)
    rig.backlog = MAX_BACKLOG
    expect((await post("/v1/messages", "x", as("gateway"))).status).toBe(202)
  })
})
