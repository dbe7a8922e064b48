/**
 * Requests to a CSE over HTTP (TS-0009). `to` becomes the path: `cse-in/x` as it is, `/id-in/x` behind `/~`, `//sp/id-in/x`
 * behind `/_` (clause 6.2.2); the other parameters are headers. One keeps its connections open, so close it.
 */
import { randomBytes } from "node:crypto"
import { Agent, type IncomingMessage, request as plainRequest } from "node:http"
import { Agent as TlsAgent, request as tlsRequest } from "node:https"
import * as Redacted from "effect/Redacted"
import { type ClientTls, tlsOptionsOf } from "../client-tls.ts"
import { type CseRequest, type CseResponse, CseUnreachableError } from "./primitive.ts"
import {
  deserialize,
  mediaTypeOf,
  type Serialization,
  serializationOf,
  serialize,
  UnreadableError,
} from "./serialization.ts"
import { writeTimestamp } from "./timestamp.ts"

export interface CseClient {
  /** @throws CseUnreachableError where there is no answer. An answer that refuses is an answer. */
  request(request: CseRequest): Promise<CseResponse>
  close(): Promise<void>
}

export interface HttpClientOptions {
  /** `http://host:port` or `https://host:port`, and behind it the path that the CSE has in front of all others. */
  readonly url: URL
  /** The AE-ID, or the CSE-ID, in whose name it asks (X-M2M-Origin). */
  readonly originator: string
  readonly serialization?: Serialization
  /** The value of `Authorization`; null: none. */
  readonly authorization?: Redacted.Redacted | null
  /** Left out: without client certificate, and the system's authorities. */
  readonly tls?: ClientTls | null
  /** Requests at once; more wait. */
  readonly connections?: number
}

/** The release that is spoken where nothing else is said (X-M2M-RVI). */
export const RELEASE = "4"
const TIMEOUT_MS = 10_000
const CONNECTIONS = 16
/** Of an answer: a message of at most 1 MiB, or the addresses of some 500,000 instances. */
const MAX_ANSWER = 16 << 20
const METHODS = { create: "POST", retrieve: "GET", update: "PUT", delete: "DELETE", notify: "POST" } as const

/** A request identifier that nobody guesses and nobody gives twice. */
export const newRequestId = (): string => randomBytes(12).toString("base64url")

const pathOf = (to: string): string => {
  if (to.startsWith("//")) return `/_${to.slice(1)}`
  return to.startsWith("/") ? `/~${to}` : `/${to}`
}

/** The addressed resource under the address of the CSE. */
export const urlOf = (base: URL, { to, query = {} }: Pick<CseRequest, "to" | "query">): URL => {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/$/, "")}${pathOf(to)}`
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value))
  return url
}

const bodyOf = async (response: IncomingMessage): Promise<Buffer> => {
  const pieces: Array<Buffer> = []
  let size = 0
  for await (const piece of response) {
    size += (piece as Buffer).length
    if (size > MAX_ANSWER) throw new CseUnreachableError(`the answer is larger than ${MAX_ANSWER >> 20} MiB`)
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces)
}

/** Over HTTP. Nothing is opened before the first request. */
export const httpClient = (options: HttpClientOptions): CseClient => {
  const {
    url: base,
    originator,
    serialization = "json",
    authorization = null,
    tls = null,
    connections = CONNECTIONS,
  } = options
  const pool = { keepAlive: true, maxSockets: connections }
  const isTls = base.protocol === "https:"
  const agent = isTls ? new TlsAgent({ ...pool, ...(tls === null ? {} : tlsOptionsOf(tls)) }) : new Agent(pool)

  const headersOf = ({ operation, type, content, holdMs }: CseRequest, requestId: string): Record<string, string> => ({
    accept: mediaTypeOf(serialization),
    "x-m2m-origin": originator,
    "x-m2m-ri": requestId,
    "x-m2m-rvi": RELEASE,
    "x-m2m-ot": writeTimestamp(Date.now()),
    ...(holdMs === undefined ? {} : { "x-m2m-ret": writeTimestamp(Date.now() + holdMs) }),
    ...(authorization === null ? {} : { authorization: Redacted.value(authorization) }),
    ...(content === undefined
      ? {}
      : { "content-type": `${mediaTypeOf(serialization)}${operation === "create" ? `;ty=${type}` : ""}` }),
  })

  const send = (request: CseRequest, requestId: string, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = headersOf(request, requestId)
      const how = { method: METHODS[request.operation], headers, agent, signal }
      const outgoing = (isTls ? tlsRequest : plainRequest)(urlOf(base, request), how, resolve)
      outgoing.once("error", reject)
      outgoing.end(request.content === undefined ? undefined : serialize(request.content, serialization))
    })

  const answerOf = async (response: IncomingMessage, requestId: string): Promise<CseResponse> => {
    const bytes = await bodyOf(response)
    const { headers } = response
    const rsc = Number(headers["x-m2m-rsc"])
    if (!Number.isSafeInteger(rsc) || rsc < 1_000)
      throw new CseUnreachableError(`what answers at ${base.origin} is no CSE (HTTP ${response.statusCode})`)
    const answered = headers["x-m2m-ri"]
    if (answered !== undefined && answered !== requestId)
      throw new CseUnreachableError("the CSE answers another request than it was asked")
    const form = serializationOf(headers["content-type"] ?? "")
    return { rsc, content: form === null ? null : deserialize(bytes, form) }
  }

  return {
    request: async (request) => {
      const requestId = newRequestId()
      const signal = AbortSignal.timeout((request.timeoutMs ?? TIMEOUT_MS) + (request.holdMs ?? 0))
      try {
        return await answerOf(await send(request, requestId, signal), requestId)
      } catch (cause) {
        if (cause instanceof CseUnreachableError) throw cause
        if (cause instanceof UnreadableError) throw new CseUnreachableError(cause.message)
        const { code, message } = cause as NodeJS.ErrnoException
        const why = signal.aborted ? "no answer in time" : (code ?? message)
        throw new CseUnreachableError(`no CSE answers at ${base.origin} (${why})`)
      }
    },
    close: async () => agent.destroy(),
  }
}
