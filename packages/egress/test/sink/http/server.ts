/** An HTTP server that keeps what it was sent and answers as a test says. */
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { onTestFinished } from "vitest"

export interface Request {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Unpacked. */
  readonly body: string
  readonly zipped: boolean
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface TestServer {
  readonly url: string
  readonly requests: ReadonlyArray<Request>
  /** Null: no answer at all. */
  answer: (request: Request) => Reply | null
}

export const startHttp = async (answer: TestServer["answer"] = () => ({ status: 200 })): Promise<TestServer> => {
  const requests: Array<Request> = []
  const made = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const zipped = request.headers["content-encoding"] === "gzip"
      const bytes = Buffer.concat(parts)
      const got = {
        url: request.url!,
        headers: request.headers,
        zipped,
        body: (zipped ? gunzipSync(bytes) : bytes).toString("utf8"),
      }
      requests.push(got)
      const reply = server.answer(got)
      if (reply === null) return
      const { status, headers = {}, body = "" } = reply
      response.writeHead(status, headers)
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    made.closeAllConnections()
    await new Promise<void>((resolve) => made.close(() => resolve()))
  })
  const server: TestServer = { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, requests, answer }
  return server
}
