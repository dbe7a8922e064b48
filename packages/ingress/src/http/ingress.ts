/** `POST /v1/messages`: one message, or a stream of them (one compact JWS a line). Answers when they are durable. */

import { encodeSubmitted } from "@assay/engine"
import { type Log, type NewRecord, partitionOf } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Append } from "@assay/telemetry"
import type { Envelope, Origin } from "@assay/trust"
import { keyOf } from "./key.ts"
import type { Quota } from "./quota.ts"
import { RequestError, readBody, readLines, refusalHeaders } from "./request.ts"
import type { Call, Route } from "./server.ts"

/** Larger ones are refused here; the cap of identity-resolver is 256 KiB. */
const MAX_MESSAGE = 1 << 20
const CHUNK = 256
/** Of a chunk, at most one message more: lines may be long, and many callers send at once. */
const CHUNK_BYTES = 4 << 20

export interface IngressOptions {
  readonly log: Log
  readonly quota: Quota
  /** Entries on `submitted` not yet decided above which callers are told to come again. */
  readonly maxBacklog: number
  readonly backlog: () => Promise<number>
  readonly onAccepted: (count: number) => void
  /** Traced and measured; left out: the log's own. */
  readonly append?: Append
}

const envelopeOf = (call: Call, bytes: Uint8Array): Envelope => ({
  bytes,
  mediaType: "application/jose",
  binding: "http",
  originator: call.request.socket.remoteAddress ?? null,
  principal: call.caller.principal,
})

const append = async (
  options: IngressOptions,
  call: Call,
  messages: ReadonlyArray<Uint8Array>,
): Promise<Array<Origin>> => {
  const wait = options.quota.take(call.caller.principal, messages.length, Date.now())
  if (wait > 0) throw new RequestError(429, "http.quota", `${call.caller.principal} is over its quota`, wait)
  if ((await options.backlog()) > options.maxBacklog) {
    throw new RequestError(429, "http.backlog", "the pipeline is behind; nothing of this request was taken", 1000)
  }
  const { log, append: write = (at, records) => log.append(at, records) } = options
  const { traceparent } = call.request.headers
  const caller = typeof traceparent === "string" ? traceparent : null
  const byPartition = new Map<number, { records: Array<NewRecord>; places: Array<number> }>()
  messages.forEach((bytes, place) => {
    const key = Buffer.from(keyOf(bytes))
    const partition = partitionOf(key, log.partitions)
    const group = byPartition.get(partition) ?? { records: [], places: [] }
    group.records.push(encodeSubmitted(key, envelopeOf(call, bytes)))
    group.places.push(place)
    byPartition.set(partition, group)
  })
  const origins = new Array<Origin>(messages.length)
  await Promise.all(
    [...byPartition].map(async ([partition, { records, places }]) => {
      const { offset } = await write({ stream: STREAMS.submitted, partition }, records, caller)
      places.forEach((place, nth) => {
        origins[place] = { epoch: log.epoch, partition, offset: offset + nth }
      })
    }),
  )
  options.onAccepted(messages.length)
  return origins
}

const isStream = (type: string | undefined): boolean =>
  type !== undefined && /^(application\/x-ndjson|text\/plain)\b/.test(type)

export const messagesRoute = (options: IngressOptions): Route => ({
  method: "POST",
  path: /^\/v1\/messages$/,
  right: "submit",
  role: "ingress",
  handle: async (call) => {
    const { request } = call
    if (!isStream(request.headers["content-type"])) {
      const body = await readBody(request, MAX_MESSAGE)
      if (body.length === 0) throw new RequestError(400, "http.empty", "the body must hold one compact JWS")
      const [origin] = await append(options, call, [body])
      return { status: 202, body: { origin } }
    }
    // A stream is taken in chunks; each is durable before the next is read, so TCP itself pushes back.
    const origins: Array<Origin> = []
    let chunk: Array<Uint8Array> = []
    let bytes = 0
    try {
      for await (const line of readLines(request, MAX_MESSAGE)) {
        chunk.push(line)
        bytes += line.length
        if (chunk.length < CHUNK && bytes < CHUNK_BYTES) continue
        origins.push(...(await append(options, call, chunk)))
        chunk = []
        bytes = 0
      }
      if (chunk.length > 0) origins.push(...(await append(options, call, chunk)))
      if (origins.length === 0) throw new RequestError(400, "http.empty", "the body must hold compact JWS, one a line")
    } catch (cause) {
      if (!(cause instanceof RequestError) || origins.length === 0) throw cause
      // Some are in already: say how many, so that the caller goes on behind them.
      return {
        status: cause.status,
        body: { error: cause.code, message: cause.message, accepted: origins.length, origins },
        headers: refusalHeaders(cause),
      }
    }
    return { status: 202, body: { accepted: origins.length, origins } }
  },
})
