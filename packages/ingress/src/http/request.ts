/** Reading requests within bounds, and the errors that callers get. */
import type { IncomingMessage } from "node:http"
import type { Holding } from "./held-bytes.ts"

/** An answer that tells the caller what to do: 4xx correct the call, 429 and 503 come again after `retryAfterMs`. */
export class RequestError extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number | null
  /** For 405: the methods that the path takes. */
  readonly allow: string | null

  constructor(
    status: number,
    code: string,
    message: string,
    retryAfterMs: number | null = null,
    allow: string | null = null,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.allow = allow
  }
}

/** The headers that go with a refusal. */
export const refusalHeaders = ({ retryAfterMs, allow }: RequestError): Readonly<Record<string, string>> => ({
  ...(retryAfterMs === null ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
  ...(allow === null ? {} : { allow }),
})

/** A body on its way in: the request, and how much of it is held. */
export interface Body {
  readonly request: IncomingMessage
  readonly held: Holding
  /** Milliseconds in which the next piece must come. */
  readonly idleMs: number
}

const SLOW = (ms: number): RequestError =>
  new RequestError(408, "http.slow", `nothing of the body came for ${ms / 1000} seconds: send it again, faster`)
const BUSY = (): RequestError =>
  new RequestError(503, "http.busy", "too many unfinished bodies are held here: send it again in one go", 1_000)

/** Resolves when there is something to read, or nothing will come any more. @throws RequestError where it takes too long */
const more = ({ request, held, idleMs }: Body): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer)
      held.wait(null)
      for (const event of ENDS) request.off(event, settle)
    }
    const settle = (): void => {
      done()
      resolve()
    }
    const fail = (cause: RequestError): void => {
      done()
      reject(cause)
    }
    const timer = setTimeout(() => fail(SLOW(idleMs)), idleMs)
    held.wait(() => fail(BUSY()))
    for (const event of ENDS) request.once(event, settle)
  })
const ENDS = ["readable", "end", "close", "error"] as const

/**
 * The pieces of a body as they come, counted as held; `held.drop` what is no longer kept.
 * @throws RequestError 408 where the sender stops, 503 where too much is held; Error where the connection broke
 */
export async function* piecesOf(body: Body): AsyncGenerator<Buffer> {
  const { request, held } = body
  for (;;) {
    const piece = request.read() as Buffer | null
    if (piece !== null) {
      if (!held.add(piece.length)) throw BUSY()
      yield piece
      await held.turn(piece.length)
    } else if (request.readableEnded) return
    else if (request.destroyed) throw new RequestError(400, "http.cut_off", "the connection broke inside the body")
    else await more(body)
  }
}

/** Most bodies are a message of less. */
const FIRST_BYTES = 2 << 10

/** @throws RequestError 413 past `maxBytes`, and what `piecesOf` does */
export const readBody = async (body: Body, maxBytes: number): Promise<Buffer> => {
  const tooLarge = (): RequestError =>
    new RequestError(413, "http.too_large", `the body is larger than ${maxBytes} bytes`)
  if (Number(body.request.headers["content-length"]) > maxBytes) throw tooLarge()
  // Copied into one buffer that grows: many pieces that are kept cost the garbage collector more than the copy.
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  let size = 0
  for await (const piece of piecesOf(body)) {
    if (size + piece.length > maxBytes) throw tooLarge()
    if (size + piece.length > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, size + piece.length))
      bytes.copy(larger, 0, 0, size)
      bytes = larger
    }
    bytes.set(piece, size)
    size += piece.length
  }
  return bytes.subarray(0, size)
}

/** A piece of one byte takes a hundred in memory: above so many they are put together. */
const MAX_PIECES = 1_024

/** Empty lines cost work and no quota: a body has no use for so many. */
const MAX_EMPTY_LINES = 65_536

/** The lines of a body as they come, without their line ends; empty ones left out. A line is bounded, the body is not. */
export async function* readLines(request: AsyncIterable<Buffer>, maxLine: number): AsyncGenerator<Buffer> {
  // The beginning of a line, in the pieces that it came in: put together seldom, or a caller that sends byte by byte would
  // make us copy the whole line for each.
  let begun: Array<Buffer> = []
  let size = 0
  let empty = 0
  for await (const chunk of request) {
    let from = 0
    for (let end = chunk.indexOf(10, from); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end)
      const line = trimmed(begun.length === 0 ? last : Buffer.concat([...begun, last]))
      begun = []
      size = 0
      if (line.length > maxLine) throw tooLong(maxLine)
      if (line.length > 0) yield line
      else if (++empty > MAX_EMPTY_LINES)
        throw new RequestError(413, "http.too_many", `a body has at most ${MAX_EMPTY_LINES} empty lines`)
      from = end + 1
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > maxLine) throw tooLong(maxLine)
    if (begun.length >= MAX_PIECES) begun = [Buffer.concat(begun)]
  }
  const line = trimmed(Buffer.concat(begun))
  if (line.length > 0) yield line
}

const trimmed = (line: Buffer): Buffer => (line.at(-1) === 13 ? line.subarray(0, -1) : line)

const tooLong = (maxLine: number): RequestError =>
  new RequestError(413, "http.line_too_large", `a line is longer than ${maxLine} bytes`)
