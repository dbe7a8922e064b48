/** A proxy before a real registry, which counts what is asked and can be made to fail as networks and guards do. */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"

export interface RegistryProxy {
  readonly url: string
  /** `METHOD path` of each request so far, below the registry's own path. */
  readonly asked: Array<string>
  /** Cuts every connection without an answer while true. */
  down: boolean
  /** Answers this instead of asking, where set. */
  answer: { readonly status: number; readonly body: string } | null
  /** Only this `Authorization` passes, where set. */
  authorization: string | null
  /** May change what the registry answered. */
  rewrite: ((asked: string, body: string) => string) | null
  close(): Promise<void>
}

const read = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)))

/** @param target the registry's URL, whose path the proxy has too */
export const startProxy = async (target: string): Promise<RegistryProxy> => {
  const base = new URL(target)
  const forward = async (request: IncomingMessage, body: Buffer, asked: string): Promise<[number, string]> => {
    const answer = await fetch(new URL(request.url ?? "/", base.origin), {
      method: request.method ?? "GET",
      headers: { "content-type": request.headers["content-type"] ?? "application/json" },
      ...(body.length > 0 ? { body } : {}),
    })
    const text = await answer.text()
    return [answer.status, proxy.rewrite?.(asked, text) ?? text]
  }
  const respond = async (request: IncomingMessage, asked: string): Promise<[number, string]> => {
    const body = await read(request)
    if (proxy.answer !== null) return [proxy.answer.status, proxy.answer.body]
    const guarded = proxy.authorization !== null && request.headers.authorization !== proxy.authorization
    return guarded ? [401, '{"error_code":401,"message":"Unauthorized"}'] : forward(request, body, asked)
  }
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url?.slice(base.pathname.length)}`
    proxy.asked.push(asked)
    if (proxy.down) {
      request.socket.destroy()
      return
    }
    respond(request, asked).then(
      ([status, text]) => response.writeHead(status, { "content-type": "application/json" }).end(text),
      // The registry itself is gone: so is the connection.
      () => request.socket.destroy(),
    )
  })
  const port = await listen(server)
  const proxy: RegistryProxy = {
    url: `http://127.0.0.1:${port}${base.pathname}`,
    asked: [],
    down: false,
    answer: null,
    authorization: null,
    rewrite: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy
}
