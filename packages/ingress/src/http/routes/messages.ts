/**
 * `POST /v1/messages`: one message, or many (one compact JWS a line, or a CBOR sequence of COSE). Answers when they are durable; with
 * `?wait` when they are decided, but no later.
 */
import type { Origin } from "@assay/trust"
import type { DecidedMessage } from "../../core/decisions.ts"
import { COSE, isLines, isSequence, JOSE, mediaTypeOf, messageIn, messagesIn, SEQUENCE } from "../../core/format.ts"
import type { Ingress } from "../../core/ingress.ts"
import { receiptFor } from "../../core/receipt.ts"
import { isRefusal, MAX_MESSAGE, type Refusal, type RefusalCode, type Submission } from "../../core/submission.ts"
import { piecesOf, RequestError, readBody, readLines, refusalHeaders } from "../request.ts"
import type { Answer, Call, Route } from "../route.ts"
import type { Waiting, Waits } from "../wait.ts"

const CHUNK = 256
/** Of a chunk, at most one message more: lines may be long, and many callers send at once. */
const CHUNK_BYTES = 4 << 20

/** The answer names the origin of each: its length needs a bound. */
const MAX_MESSAGES = 65_536

const STATUS: Readonly<Record<RefusalCode, number>> = { empty: 400, too_large: 413, quota: 429, backlog: 429 }

const refused = ({ code, sentence, retryAfterMs }: Refusal): RequestError =>
  new RequestError(STATUS[code], `http.${code}`, sentence, retryAfterMs)

const submissionOf = ({ request, caller }: Call, bytes: Uint8Array): Submission => {
  const { traceparent } = request.headers
  return {
    bytes,
    mediaType: mediaTypeOf(bytes, ""),
    binding: "http",
    originator: request.socket.remoteAddress ?? null,
    principal: caller.principal,
    traceparent: typeof traceparent === "string" ? traceparent : null,
  }
}

const tooMany = (): RequestError =>
  new RequestError(413, "http.too_many", `a request takes ${MAX_MESSAGES} messages: send the rest in another`)

/** All of one caller: they are taken together, or refused together. @throws RequestError */
const take = async (ingress: Ingress, call: Call, messages: ReadonlyArray<Uint8Array>): Promise<Array<Origin>> => {
  const answers = await ingress.submit(messages.map((bytes) => submissionOf(call, bytes)))
  return answers.map((answer) => {
    if (isRefusal(answer)) throw refused(answer)
    return answer.origin
  })
}

/** What became of each, where the call waits; the reasons for whoever may read them. */
const outcomesOf = async (
  { caller }: Call,
  waiting: Waiting | null,
  origins: ReadonlyArray<Origin>,
): Promise<ReadonlyArray<object> | null> => {
  if (waiting === null) return null
  const explains = caller.rights.includes("read")
  const shown = (decided: DecidedMessage | null): object => ({
    receipt: decided === null ? null : receiptFor(decided.outcome),
    ...(explains && decided !== null ? { decision: { outcome: decided.outcome, reasons: decided.reasons } } : {}),
  })
  return (await waiting.decided(origins)).map(shown)
}

const takeOne = async (ingress: Ingress, call: Call, waiting: Waiting | null): Promise<Answer> => {
  const body = messageIn(await readBody(call.incoming, MAX_MESSAGE), "")
  if (body.length === 0) throw new RequestError(400, "http.empty", "the body must hold one compact JWS or COSE_Sign1")
  const origins = await take(ingress, call, [body])
  const [outcome] = (await outcomesOf(call, waiting, origins)) ?? []
  return { status: 202, body: { origin: origins[0], ...outcome } }
}

/** A sequence is taken whole: where one of its items ends is known from its bytes alone. */
const takeSequence = async (ingress: Ingress, call: Call, waiting: Waiting | null): Promise<Answer> => {
  const messages = messagesIn(await readBody(call.incoming, CHUNK_BYTES), MAX_MESSAGES)
  if (typeof messages === "string")
    throw new RequestError(400, "http.bad_sequence", `the body is no CBOR sequence (RFC 8742): ${messages}`)
  if (messages.length === 0) throw new RequestError(400, "http.empty", "the body must hold COSE_Sign1 messages")
  const origins = await take(ingress, call, messages)
  const outcomes = await outcomesOf(call, waiting, origins)
  return { status: 202, body: { accepted: origins.length, origins, ...(outcomes === null ? {} : { outcomes }) } }
}

const takeStream = async (ingress: Ingress, call: Call, waiting: Waiting | null): Promise<Answer> => {
  const { incoming } = call
  // A stream is taken in chunks; each is durable before the next is read, so TCP itself pushes back.
  const origins: Array<Origin> = []
  let chunk: Array<Uint8Array> = []
  let bytes = 0
  let read = 0
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of piecesOf(incoming)) {
      read += piece.length
      yield piece
    }
  }
  try {
    for await (const line of readLines(counted(), MAX_MESSAGE)) {
      chunk.push(line)
      bytes += line.length
      if (chunk.length < CHUNK && bytes < CHUNK_BYTES) continue
      if (origins.length + chunk.length > MAX_MESSAGES) throw tooMany()
      origins.push(...(await take(ingress, call, chunk)))
      chunk = []
      bytes = 0
      // What was read of the next line counts a little longer than it need: at most one line.
      incoming.held.drop(read)
      read = 0
    }
    if (chunk.length > 0) origins.push(...(await take(ingress, call, chunk)))
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
  const outcomes = await outcomesOf(call, waiting, origins)
  return {
    status: 202,
    body: { accepted: origins.length, origins, ...(outcomes === null ? {} : { outcomes }) },
  }
}

/** @param waits left out: nobody can wait here */
export const messagesRoute = (ingress: Ingress, waits?: Waits): Route => ({
  method: "POST",
  path: "/v1/messages",
  right: "submit",
  role: "ingress",
  doc: {
    summary:
      "Hand in one message (compact JWS or COSE_Sign1), a stream of JWS, one a line, or a CBOR sequence of COSE_Sign1",
    takes: [JOSE, COSE, "application/x-ndjson", "text/plain", SEQUENCE],
    query: { wait: "Seconds, 1 to 240, to wait for what becomes of them" },
    answers: { 202: "All are durable: `origin`, or `accepted` and `origins`; with `wait`, what became of each" },
  },
  handle: async (call) => {
    const waiting = (await waits?.begin(call.url)) ?? null
    try {
      const type = call.request.headers["content-type"] ?? ""
      const takeIn = isLines(type) ? takeStream : isSequence(type) ? takeSequence : takeOne
      return await takeIn(ingress, call, waiting)
    } finally {
      waiting?.end()
    }
  },
})
