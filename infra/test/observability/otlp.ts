/** A receiver of OTLP over HTTP in protobuf, as a collector is one: the tests read what really crosses the wire. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A protobuf message as its fields: numbers for varints, bytes for everything else. */
type Fields = ReadonlyMap<number, ReadonlyArray<bigint | Buffer>>

const fieldsOf = (bytes: Buffer): Fields => {
  const fields = new Map<number, Array<bigint | Buffer>>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError("the message ends within a number")
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("the message ends within a field")
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const kind = tag & 7
    const value = kind === 0 ? varint() : take(kind === 1 ? 8 : kind === 5 ? 4 : Number(varint()))
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
  }
  return fields
}

const messages = (fields: Fields, field: number): ReadonlyArray<Fields> =>
  (fields.get(field) ?? []).map((value) => fieldsOf(value as Buffer))
const text = (fields: Fields, field: number): string =>
  ((fields.get(field)?.[0] as Buffer) ?? Buffer.alloc(0)).toString()
const hex = (fields: Fields, field: number): string =>
  ((fields.get(field)?.[0] as Buffer) ?? Buffer.alloc(0)).toString("hex")
const doubles = (fields: Fields, field: number): ReadonlyArray<number> =>
  (fields.get(field) ?? []).flatMap((packed) => {
    const buffer = packed as Buffer
    return Array.from({ length: buffer.length / 8 }, (_, nth) => buffer.readDoubleLE(nth * 8))
  })

type Attributes = Readonly<Record<string, string | number>>
const attributes = (fields: Fields, field: number): Attributes =>
  Object.fromEntries(
    messages(fields, field).map((pair) => {
      const value = messages(pair, 2)[0]!
      const number = value.get(3)?.[0]
      return [text(pair, 1), number === undefined ? text(value, 1) : Number(number)]
    }),
  )

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** 4 PRODUCER, 5 CONSUMER. */
  readonly kind: number
  readonly attributes: Attributes
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
  readonly service: string
}

export interface ReceivedMetric {
  readonly name: string
  readonly unit: string
  readonly kind: "gauge" | "counter" | "histogram"
  readonly labels: ReadonlyArray<Attributes>
  readonly bounds: ReadonlyArray<number>
}

const spansOf = (body: Buffer): ReadonlyArray<ReceivedSpan> =>
  messages(fieldsOf(body), 1).flatMap((resource) =>
    messages(resource, 2)
      .flatMap((scope) => messages(scope, 2))
      .map((span) => ({
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentSpanId: hex(span, 4),
        name: text(span, 5),
        kind: Number(span.get(6)?.[0] ?? 0),
        attributes: attributes(span, 9),
        links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
        service: String(attributes(messages(resource, 1)[0]!, 1)["service.name"]),
      })),
  )

const KINDS = [
  { field: 5, kind: "gauge", labels: 7 },
  { field: 7, kind: "counter", labels: 7 },
  { field: 9, kind: "histogram", labels: 9 },
] as const

const metricsOf = (body: Buffer): ReadonlyArray<ReceivedMetric> =>
  messages(fieldsOf(body), 1)
    .flatMap((resource) => messages(resource, 2))
    .flatMap((scope) => messages(scope, 2))
    .map((metric) => {
      const { field, kind, labels } = KINDS.find((candidate) => metric.has(candidate.field))!
      const points = messages(messages(metric, field)[0]!, 1)
      return {
        name: text(metric, 1),
        unit: text(metric, 3),
        kind,
        labels: points.map((point) => attributes(point, labels)),
        bounds: kind === "histogram" ? doubles(points[0]!, 7) : [],
      }
    })

export interface Receiver {
  readonly endpoint: string
  readonly spans: Array<ReceivedSpan>
  readonly metrics: Array<ReceivedMetric>
  /** Path and content type of every request. */
  readonly requests: Array<string>
  close(): Promise<void>
}

export const startReceiver = async (port: number): Promise<Receiver> => {
  const spans: Array<ReceivedSpan> = []
  const metrics: Array<ReceivedMetric> = []
  const requests: Array<string> = []
  const server = createServer(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push(`${request.url} ${request.headers["content-type"]}`)
    if (request.url === "/v1/traces") spans.push(...spansOf(Buffer.concat(chunks)))
    if (request.url === "/v1/metrics") metrics.push(...metricsOf(Buffer.concat(chunks)))
    response.writeHead(200, { "content-type": "application/x-protobuf" })
    response.end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
