/** The HTTP server of a node: finds the route of a call, asks who calls, and answers. What it serves comes from the parts. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { DataDirError, ForbiddenError, LogEndedError, StorageError, UnavailableError } from "@assay/log"
import * as Redacted from "effect/Redacted"
import { type Grant, lacking } from "../core/rights.ts"
import { type Access, authenticate } from "./access.ts"
import { Connections, type Turn } from "./connections.ts"
import { HeldBytes } from "./held-bytes.ts"
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts"
import { type Body, RequestError, refusalHeaders } from "./request.ts"
import { type Answer, type Matcher, matchersOf, type Route } from "./route.ts"
import { send } from "./send.ts"
import type { Tls } from "./tls.ts"

export interface ServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly access: Access
  readonly routes: ReadonlyArray<Route>
  /** Client certificates are asked for where it has a `ca`; null or left out: plain HTTP. */
  readonly tls?: Tls | null
  readonly limits?: HttpLimits
  readonly onRefused: () => void
  /** A request failed for a reason of ours; its caller only hears that. */
  readonly onProblem?: (cause: unknown) => void
}

export interface RunningServer {
  readonly url: string
  close(): Promise<void>
}

const AGAIN_MS = 1_000
const NOBODY: Grant = { principal: "", rights: [] }

/** While a connection that was closed is still counted, the next ones must get in. */
const CLOSING = 256

/** Above so many bytes of a body that nobody has taken yet, or of an answer, Node stops reading, or says that it is full. */
const BUFFER = 16 << 10

/** How often Node looks for requests that take too long, milliseconds. */
const CHECK_MS = 1_000

const wrongMethod = (path: string, allow: string): RequestError =>
  new RequestError(405, "http.method", `${path} takes ${allow}`, null, allow)

/**
 * The target of a call in its one form (RFC 9112 section 3.2.1): a proxy before this server that lets paths pass by their text
 * must see the path that is served.
 * @throws RequestError
 */
const targetOf = (request: IncomingMessage): URL => {
  const given = request.url ?? ""
  const url = URL.parse(given, "http://assay.invalid")
  if (url === null || `${url.pathname}${url.search}` !== given.replace(/\?$/, ""))
    throw new RequestError(
      400,
      "http.path",
      "the path must stand there as it is: from one slash on, without dot segments, a host or a fragment",
    )
  if ((request.headersDistinct.host?.length ?? 0) > 1)
    throw new RequestError(400, "http.host", "a call names one host (RFC 9112 section 3.2)")
  return url
}

const respond = async (
  options: ServerOptions,
  matchers: ReadonlyArray<Matcher>,
  incoming: Body,
  turn: Turn,
): Promise<Answer> => {
  const { request } = incoming
  const url = targetOf(request)
  const onPath = matchers.filter(({ pattern }) => pattern.test(url.pathname))
  const matched = onPath.find(({ route }) => route.method === request.method)
  if (matched === undefined) {
    throw onPath.length === 0
      ? new RequestError(404, "http.not_found", `nothing is at ${url.pathname}`)
      : wrongMethod(url.pathname, onPath.map(({ route }) => route.method).join(", "))
  }
  const { route, pattern } = matched
  if (turn.onlyProbes && route.isProbe !== true)
    throw new RequestError(503, "http.busy", "all connections of this node are at work: come again", AGAIN_MS)
  const caller = authenticate(options.access, request)
  if (route.right !== null) {
    if (caller === null)
      throw new RequestError(
        401,
        "http.unauthenticated",
        "send a known bearer token or client certificate (which does not count for a web page)",
      )
    const refused = lacking(caller, route.right)
    if (refused !== null) throw new RequestError(403, "http.forbidden", refused)
  }
  const params = (pattern.exec(url.pathname) ?? []).slice(1).map((part) => decodeURIComponent(part))
  try {
    return await route.handle({ request, incoming, url, caller: caller ?? NOBODY, params })
  } catch (cause) {
    if (!(cause instanceof ForbiddenError)) throw cause
    options.onProblem?.(cause)
    throw forbidden(route)
  }
}

/** Who this process is to the brokers, and what they said, is in its own log: a caller need not know. */
const forbidden = ({ role }: Route): RequestError =>
  new RequestError(
    503,
    "log.forbidden",
    `this node's principal lacks ${role === undefined ? "a right" : `the role ${role}`} at the log: call a node that has it, or grant it with assay topics apply --acls`,
  )

const toAnswer = (cause: unknown): Answer => {
  if (cause instanceof RequestError) {
    return { status: cause.status, body: { error: cause.code, message: cause.message }, headers: refusalHeaders(cause) }
  }
  if (cause instanceof URIError)
    return { status: 400, body: { error: "http.path", message: "the path is not valid percent-encoding" } }
  if (cause instanceof UnavailableError) {
    return {
      status: 503,
      body: {
        error: "log.unavailable",
        message: "the log does not answer; what was sent may or may not have been taken",
      },
      headers: { "retry-after": "1" },
    }
  }
  if (cause instanceof StorageError) {
    return {
      status: 503,
      body: {
        error: "log.unwritable",
        message: "this node's log takes nothing, its disk is full or fails: send it again later, or to another node",
      },
      headers: { "retry-after": "30" },
    }
  }
  if (cause instanceof DataDirError) {
    return {
      status: 503,
      body: {
        error: "log.taken",
        message:
          "another process has the data directory of this node, which ends: what was sent was not taken as a whole, so send it again, to the node that has the directory",
      },
      headers: { "retry-after": "1" },
    }
  }
  if (cause instanceof LogEndedError) {
    return {
      status: 503,
      body: {
        error: "log.ended",
        message:
          "this node's log was ended, and another goes on: what was sent counts nowhere, so send it again, to a node of the next epoch",
      },
      headers: { "retry-after": "1" },
    }
  }
  return {
    status: 500,
    body: { error: "http.internal", message: "something broke inside the node; its own log says what" },
  }
}

/** Listens, then resolves. @throws RangeError where two routes are one. `close` lets the requests in hand finish for at most 5 seconds. */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  const matchers = matchersOf(options.routes)
  const { tls = null, limits = HTTP_LIMITS } = options
  const connections = new Connections(limits)
  const bodies = new HeldBytes(limits.heldBytes)
  const answerTo = async (incoming: Body, turn: Turn): Promise<Answer> => {
    try {
      return await respond(options, matchers, incoming, turn)
    } catch (cause) {
      const answer = toAnswer(cause)
      if (answer.status === 500) options.onProblem?.(cause)
      else if (answer.status !== 404) options.onRefused()
      return answer
    }
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const turn = connections.begin(request, response)
    if (turn === null) return
    const held = bodies.begin()
    response.once("close", () => held.end())
    const answer = await answerTo({ request, held, idleMs: limits.bodyIdleMs }, turn)
    // What is left of a refused body is not read: the connection cannot be used again.
    if (!request.complete || turn.isLast()) response.setHeader("connection", "close")
    await send(response, answer, limits.sendMs)
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void handle(request, response).catch((cause: unknown) => {
      options.onProblem?.(cause)
      request.socket.destroy()
    })
  const bounds = {
    highWaterMark: BUFFER,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
  }
  const server =
    tls === null
      ? createServer(bounds, onRequest)
      : createTlsServer(
          {
            ...bounds,
            cert: tls.cert,
            key: Redacted.value(tls.key),
            ...(tls.ca === null ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: false }),
            minVersion: "TLSv1.3",
            handshakeTimeout: limits.headersMs,
          },
          onRequest,
        )
  server.on("connection", (socket: Socket) => connections.opened(socket))
  server.on(tls === null ? "connection" : "secureConnection", (socket: Socket) => connections.reading(socket))
  server.maxConnections = limits.connections + limits.reserve + CLOSING
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(":") ? `[${options.host}]` : options.host
  return {
    url: `${tls === null ? "http" : "https"}://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), 5_000)
        server.close(() => {
          clearTimeout(force)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}
