/** Reading requests within bounds, and the errors that callers get. */
import type { IncomingMessage } from "node:http"

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

/** @throws RequestError 413 past `maxBytes` */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new RequestError(413, "http.too_large", `the body is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const MAX_PIECES = 1_024

/** The lines of a body as they come, without their line ends; empty ones left out. A line is bounded, the body is not. */
export async function* readLines(request: AsyncIterable<Buffer>, maxLine: number): AsyncGenerator<Buffer> {
  // The beginning of a line, in the pieces that it came in: put together seldom, or a caller that sends byte by byte would
  // make us copy the whole line for each.
  let begun: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    let from = 0
    for (let end = chunk.indexOf(10, from); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end)
      const line = trimmed(begun.length === 0 ? last : Buffer.concat([...begun, last]))
      begun = []
      size = 0
      if (line.length > maxLine) throw tooLong(maxLine)
      if (line.length > 0) yield line
      from = end + 1
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > maxLine) throw tooLong(maxLine)
    // A piece of one byte takes a hundred in memory.
    if (begun.length >= MAX_PIECES) begun = [Buffer.concat(begun)]
  }
  const line = trimmed(Buffer.concat(begun))
  if (line.length > 0) yield line
}

const trimmed = (line: Buffer): Buffer => (line.at(-1) === 13 ? line.subarray(0, -1) : line)

const tooLong = (maxLine: number): RequestError =>
  new RequestError(413, "http.line_too_large", `a line is longer than ${maxLine} bytes`)
