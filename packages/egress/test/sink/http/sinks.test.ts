/** Sinks by HTTP against servers that answer as Splunk, Elasticsearch, a collector and a webhook do. */
import { createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { setUpSink } from "../../../src/sink/kinds.ts"
import type { Sink } from "../../../src/sink/sink.ts"
import { testDir } from "../../support.ts"
import { itemsIn } from "../items.ts"
import { startHttp } from "./server.ts"

const opened = async (target: string): Promise<Sink> => {
  const sink = setUpSink(target).make({} as never)
  await sink.open()
  return sink
}
const fileWith = (text: string): string => {
  const path = join(testDir(), "secret")
  writeFileSync(path, `${text}\n`)
  return path
}
const lines = (body: string) =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("any receiver", () => {
  it("that is busy, away or does not know us is tried again later; what it says of an item goes with the item", async () => {
    const server = await startHttp()
    const sink = await opened(`webhook:${server.url}/in`)
    for (const status of [401, 403, 404, 429, 500, 503, 302]) {
      server.answer = () => ({ status, body: "no\u001b[2J" })
      await expect(sink.write(itemsIn("json", 3)), String(status)).rejects.toThrow(`HTTP ${status}: no\\u{1b}[2J`)
    }
    server.answer = ({ body }) =>
      body.includes('"key":"1/0/5"') ? { status: 422, body: "no such field" } : { status: 200 }
    const items = itemsIn("json", 9)
    expect(await sink.write(items)).toEqual([{ item: items[5], reason: "HTTP 422: no such field" }])
    const taken = server.requests
      .filter(({ body }) => !body.includes('"key":"1/0/5"'))
      .flatMap(({ body }) => lines(body).map(({ key }) => key))
    expect(new Set(taken)).toEqual(new Set(items.filter((_, nth) => nth !== 5).map(({ key }) => key)))
    await sink.close()
  })

  it("waits as long as it is asked to", async () => {
    const server = await startHttp(() => ({ status: 429, headers: { "retry-after": "1" } }))
    const sink = await opened(`webhook:${server.url}`)
    const from = performance.now()
    await expect(sink.write(itemsIn("json", 1))).rejects.toThrow("HTTP 429")
    expect(performance.now() - from).toBeGreaterThan(950)
    await sink.close()
  })

  it("has batches no larger than it takes, packed", async () => {
    const server = await startHttp()
    const sink = await opened(`webhook:${server.url}?batch=40`)
    await sink.write(itemsIn("json", 100))
    expect(server.requests.map(({ body }) => lines(body).length)).toEqual([40, 40, 20])
    expect(server.requests.every(({ zipped }) => zipped)).toBe(true)
    const plain = await opened(`webhook:${server.url}?gzip=false`)
    await plain.write(itemsIn("json", 100))
    expect(server.requests.at(-1)!.zipped).toBe(false)
    await sink.close()
    await plain.close()
  })

  it("that answers nothing is given up in time", async () => {
    const server = await startHttp(() => null)
    const sink = await opened(`webhook:${server.url}?timeout=1`)
    await expect(sink.write(itemsIn("json", 1))).rejects.toThrow("no answer of 127.0.0.1")
    await sink.close()
  })
})

describe("a webhook", () => {
  it("has signed lines, an array, or one event with its attributes in headers", async () => {
    const server = await startHttp()
    const secret = fileWith("s3cret")
    const sink = await opened(
      `webhook:${server.url}/in?secret-file=${secret}&query=v%3D1&token-file=${fileWith("bearer")}`,
    )
    await sink.write(itemsIn("json", 2))
    const [first] = server.requests
    expect(first).toMatchObject({
      url: "/in?v=1",
      headers: { "content-type": "application/x-ndjson", authorization: "Bearer bearer" },
    })
    const { "x-assay-timestamp": timestamp, "x-assay-signature": signature } = first!.headers
    const expected = createHmac("sha256", "s3cret").update(`${timestamp}.${first!.body}`).digest("hex")
    expect(signature).toBe(`sha256=${expected}`)
    await sink.write(itemsIn("json", 2))
    expect(server.requests[1]!.headers["idempotency-key"]).toBe(first!.headers["idempotency-key"])
    await sink.close()

    const array = await opened(`webhook:${server.url}?format=cloudevents&body=array`)
    await array.write(itemsIn("cloudevents", 3))
    expect(server.requests.at(-1)!.headers["content-type"]).toBe("application/cloudevents-batch+json")
    expect(JSON.parse(server.requests.at(-1)!.body)).toHaveLength(3)
    await array.close()

    const binary = await opened(`webhook:${server.url}?format=cloudevents-binary`)
    await binary.write(itemsIn("cloudevents-binary", 2))
    expect(server.requests.slice(-2).map(({ headers }) => headers["ce-id"])).toEqual(["1/0/0", "1/0/1"])
    expect(server.requests.at(-1)!.headers).toMatchObject({
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-type": "org.assay.decision.quarantined.v1",
      "ce-severity": "critical",
    })
    await binary.close()
  })
})

describe("Splunk", () => {
  it("has events one behind the other, with its token", async () => {
    const server = await startHttp(() => ({ status: 200, body: '{"text":"Success","code":0}' }))
    const sink = await opened(`hec:${server.url}?token-file=${fileWith("abc")}`)
    expect(await sink.write(itemsIn("hec", 3))).toEqual([])
    expect(server.requests).toMatchObject([
      { url: "/services/collector/event", headers: { authorization: "Splunk abc" } },
    ])
    expect(lines(server.requests[0]!.body).map(({ fields }) => fields.key)).toEqual(["1/0/0", "1/0/1", "1/0/2"])
    await sink.close()
  })

  it("that acknowledges has a batch when its indexer says so", async () => {
    let polls = 0
    const server = await startHttp(({ url, body }) => {
      if (url.endsWith("/event")) return { status: 200, body: '{"text":"Success","code":0,"ackId":7}' }
      polls += 1
      expect(JSON.parse(body)).toEqual({ acks: [7] })
      return { status: 200, body: JSON.stringify({ acks: { 7: polls > 2 } }) }
    })
    const sink = await opened(`hec:${server.url}`)
    await sink.write(itemsIn("hec", 1))
    expect(polls).toBe(3)
    const channels = server.requests.map(({ headers }) => headers["x-splunk-request-channel"])
    expect(new Set(channels).size).toBe(1)
    await sink.close()
    polls = -1_000
    const late = await opened(`hec:${server.url}?timeout=1`)
    await expect(late.write(itemsIn("hec", 1))).rejects.toThrow("did not acknowledge batch 7 within 1000 ms")
    await late.close()
  })
})

describe("Elasticsearch", () => {
  it("creates each document once, and says of each what became of it", async () => {
    const seen = new Map<string, unknown>()
    const server = await startHttp(({ body }) => {
      const all = lines(body)
      const items = all
        .filter((_, nth) => nth % 2 === 0)
        .map(({ create }, nth) => {
          if (create._id === "1/0/3")
            return { create: { status: 400, error: { type: "mapper_parsing_exception", reason: "no date" } } }
          if (seen.has(create._id))
            return { create: { status: 409, error: { type: "version_conflict_engine_exception" } } }
          seen.set(create._id, all[nth * 2 + 1])
          return { create: { status: 201 } }
        })
      return { status: 200, body: JSON.stringify({ errors: true, items }) }
    })
    const sink = await opened(
      `elastic:${server.url}?index=logs-plant-default&user=elastic&password-file=${fileWith("pw")}`,
    )
    const items = itemsIn("ecs", 6)
    expect(await sink.write(items)).toEqual([{ item: items[3], reason: "400 mapper_parsing_exception: no date" }])
    expect(await sink.write(items.slice(0, 3))).toEqual([])
    expect([...seen.keys()]).toEqual(["1/0/0", "1/0/1", "1/0/2", "1/0/4", "1/0/5"])
    expect(server.requests[0]).toMatchObject({
      url: "/_bulk",
      headers: {
        "content-type": "application/x-ndjson",
        authorization: `Basic ${Buffer.from("elastic:pw").toString("base64")}`,
      },
    })
    expect(lines(server.requests[0]!.body)[0]).toEqual({ create: { _index: "logs-plant-default", _id: "1/0/0" } })
    await sink.close()
  })

  it("that is busy with one of them gets all again", async () => {
    const server = await startHttp(() => ({
      status: 200,
      body: JSON.stringify({
        errors: true,
        items: [{ create: { status: 201 } }, { create: { status: 429, error: { type: "busy", reason: "queue" } } }],
      }),
    }))
    const sink = await opened(`elastic:${server.url}`)
    await expect(sink.write(itemsIn("ecs", 2))).rejects.toThrow("429 busy: queue")
    await expect(sink.write(itemsIn("ecs", 3))).rejects.toThrow("the bulk answer is about 2 items, not 3")
    await sink.close()
  })
})

describe("an OTLP collector", () => {
  it("has log records in one request, and what it rejects goes aside with its sentence", async () => {
    const server = await startHttp(() => ({ status: 200, body: "{}" }))
    const sink = await opened(`otlp:${server.url}?service=plant1`)
    expect(await sink.write(itemsIn("otlp", 4))).toEqual([])
    expect(server.requests[0]!.url).toBe("/v1/logs")
    const { resourceLogs } = JSON.parse(server.requests[0]!.body)
    expect(resourceLogs[0].resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "plant1" } }])
    expect(resourceLogs[0].scopeLogs[0].logRecords).toHaveLength(4)
    server.answer = () => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}',
    })
    const refused = await sink.write(itemsIn("otlp", 2))
    expect(refused.map(({ reason }) => reason)).toEqual(
      Array(2).fill("the collector rejected 1 of the 2 log records of this request and does not say which: too old"),
    )
    await sink.close()
  })
})
