/**
 * Notifications over HTTP (TS-0009): POST to an address that nobody guesses. With TLS the CSE must show a certificate; the bounds
 * are those of the HTTP server (ADR 42).
 */
import type { IncomingMessage } from "node:http"
import type { TLSSocket } from "node:tls"
import { RequestError, readBody } from "../http/request.ts"
import type { Answer, Call, Route } from "../http/route.ts"
import { type RunningServer, startServer } from "../http/server.ts"
import type { Tls } from "../http/tls.ts"
import { newRequestId, RELEASE } from "./client.ts"
import { OPERATION, type RequestPrimitive, RSC } from "./primitive.ts"
import type { Receive } from "./receive.ts"
import { deserialize, serializationOf, UnreadableError } from "./serialization.ts"
import { readTimestamp, writeTimestamp } from "./timestamp.ts"

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly tls: Tls | null
  /** Behind its address; nobody guesses it. */
  readonly path: string
  readonly receive: Receive
  readonly onProblem: (what: string) => void
}

export interface Listener {
  /** Where it listens. */
  readonly url: string
  close(): Promise<void>
}

/** An aggregated notification of many instances. */
const MAX_BODY = 4 << 20
/** HTTP's own codes beside those of oneM2M (TS-0009). */
const STATUS: Readonly<Record<number, number>> = {
  [RSC.ok]: 200,
  [RSC.badRequest]: 400,
  [RSC.notFound]: 404,
  [RSC.originatorHasNoPrivilege]: 403,
  [RSC.securityAssociationRequired]: 403,
}

/** Those of a certificate that the TLS layer has verified: subject alternative names, and the common name. */
export const namesOf = (request: IncomingMessage): ReadonlyArray<string> => {
  const socket = request.socket as TLSSocket
  if (socket.authorized !== true) return []
  const { subject, subjectaltname = "" } = socket.getPeerCertificate()
  // Node quotes a name with a comma in it, which would else read as another name.
  const alternatives = subjectaltname.includes('"') ? [] : subjectaltname.split(", ")
  const named = [...alternatives.map((name) => name.replace(/^(DNS|URI):/, "")), ...[subject?.CN].flat()]
  return named.filter((name): name is string => typeof name === "string" && name !== "")
}

const headerOf = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === "string" ? value : null
}

const primitiveOf = (request: IncomingMessage, path: string, content: unknown): RequestPrimitive => {
  const originatedAt = headerOf(request, "x-m2m-ot")
  // A request to create says what (ty); one without is a notification (TS-0009).
  const isCreation = /;\s*ty\s*=/i.test(headerOf(request, "content-type") ?? "")
  return {
    operation: isCreation ? OPERATION.create : OPERATION.notify,
    from: headerOf(request, "x-m2m-origin") ?? "",
    to: path,
    requestId: headerOf(request, "x-m2m-ri") ?? "",
    originatedAt: originatedAt === null ? null : readTimestamp(originatedAt),
    releaseVersion: headerOf(request, "x-m2m-rvi"),
    content,
  }
}

const answerOf = (
  rsc: number,
  { requestId, releaseVersion }: Pick<RequestPrimitive, "requestId" | "releaseVersion">,
): Answer => ({
  status: STATUS[rsc] ?? 500,
  body: "",
  headers: {
    "x-m2m-rsc": String(rsc),
    // What is no token of HTTP does not go back into a header.
    "x-m2m-ri": /^[\x21-\x7e]{1,256}$/.test(requestId) ? requestId : newRequestId(),
    "x-m2m-rvi": releaseVersion !== null && /^[0-9a-z]{1,8}$/.test(releaseVersion) ? releaseVersion : RELEASE,
    "x-m2m-ot": writeTimestamp(Date.now()),
  },
})

/** @throws RequestError for what is no request of oneM2M at all */
const contentOf = (request: IncomingMessage, body: Buffer): unknown => {
  const form = serializationOf(headerOf(request, "content-type") ?? "")
  if (form === null) throw new RequestError(415, "onem2m.media_type", "send application/json or application/cbor")
  try {
    return deserialize(body, form)
  } catch (cause) {
    if (!(cause instanceof UnreadableError)) throw cause
    return null // `receive` refuses what holds no notification
  }
}

/** Listens, then resolves. Rejects where the port is taken. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
  const { host, port, tls, path, receive, onProblem } = options
  const handle = async ({ request, incoming, url }: Call): Promise<Answer> => {
    const body = await readBody(incoming, MAX_BODY)
    const primitive = primitiveOf(request, url.pathname, contentOf(request, body))
    const carrier = { topicOriginator: null, certificateNames: tls === null ? null : namesOf(request) }
    return answerOf(await receive(primitive, carrier, body), primitive)
  }
  const route: Route = { method: "POST", path, right: null, handle }
  const server: RunningServer = await startServer({
    host,
    port,
    tls,
    access: { tokens: [], certificates: [], open: false },
    routes: [route],
    onRefused: () => undefined,
    onProblem: (cause) => onProblem(`notifications: ${cause instanceof Error ? cause.message : String(cause)}`),
  })
  return { url: server.url, close: server.close }
}
