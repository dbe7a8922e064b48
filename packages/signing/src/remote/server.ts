/**
 * A remote signer over any other signers: the reference of the protocol, used by the tests and as a start for whoever puts a KMS behind
 * it. TLS alone; who may use which key is decided by bearer tokens, client certificates, or both.
 */
import { createHash, timingSafeEqual, X509Certificate } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { TLSSocket } from "node:tls"
import type { Signer } from "../signer.ts"
import { bytesOf, MAX_BODY_BYTES } from "./protocol.ts"

/** A key that can be asked for a signature over a digest: what most KMS offer for ES256. */
export interface ServedKey {
  readonly did: string
  readonly alg: Signer["alg"]
  /** @param data the message of Ed25519, the SHA-256 of ES256. 64 bytes. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

export interface SignerServerOptions {
  /** PEM; TLS 1.2 at least. */
  readonly cert: Buffer
  readonly key: Buffer
  /** The authority of client certificates; null: none are asked for. */
  readonly clientCa: Buffer | null
  readonly host: string
  readonly port: number
  /** By the last part of the path `/v1/keys/NAME`. */
  readonly keys: Readonly<Record<string, ServedKey>>
  /** SHA-256 of each token, hex, and the keys that it may use. */
  readonly tokens: Readonly<Record<string, ReadonlyArray<string>>>
  /** Common names of client certificates, and the keys that each may use. */
  readonly clients: Readonly<Record<string, ReadonlyArray<string>>>
  /** Calls at once; more are answered 429. */
  readonly maxCalls?: number
  readonly onProblem: (what: string, cause: unknown) => void
}

export interface SignerServer {
  readonly url: string
  close(): Promise<void>
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const BODY_MS = 5_000
const PATH = /^\/v1\/keys\/([A-Za-z0-9._-]{1,64})(\/sign)?$/

const keysOfToken = (options: SignerServerOptions, header: string | undefined): ReadonlyArray<string> | null => {
  const token = /^Bearer ([!-~]{16,4096})$/.exec(header ?? "")?.[1]
  if (token === undefined) return null
  const hash = createHash("sha256").update(token).digest()
  for (const [known, keys] of Object.entries(options.tokens)) {
    const bytes = Buffer.from(known, "hex")
    if (bytes.length === hash.length && timingSafeEqual(bytes, hash)) return keys
  }
  return null
}

const keysOfClient = (options: SignerServerOptions, socket: TLSSocket): ReadonlyArray<string> | null => {
  if (!socket.authorized) return null
  const raw = socket.getPeerCertificate().raw
  const name = raw === undefined ? undefined : /^CN=(.+)$/m.exec(new X509Certificate(raw).subject)?.[1]
  return name !== undefined && Object.hasOwn(options.clients, name) ? options.clients[name]! : null
}

const bodyOf = async (call: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Array<Buffer> = []
  let size = 0
  for await (const part of call as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_BODY_BYTES) throw new Refused(413, `a body has at most ${MAX_BODY_BYTES} bytes`)
    parts.push(part)
  }
  try {
    const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown> | null
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body
  } catch {
    // Said below.
  }
  throw new Refused(400, "the body is a JSON object")
}

const answered = async (options: SignerServerOptions, call: IncomingMessage): Promise<object> => {
  const [, name, isSign] = PATH.exec(call.url ?? "") ?? []
  if (name === undefined) throw new Refused(404, "a key is at /v1/keys/NAME, and signs at /v1/keys/NAME/sign")
  const allowed = keysOfToken(options, call.headers.authorization) ?? keysOfClient(options, call.socket as TLSSocket)
  if (allowed === null) throw new Refused(401, "show a token or a client certificate of somebody who may sign")
  // Who may not use a key does not learn whether it is there.
  if (!allowed.includes(name) || !Object.hasOwn(options.keys, name))
    throw new Refused(403, `no right to the key ${name}`)
  const key = options.keys[name]!
  if (call.method !== (isSign === undefined ? "GET" : "POST")) throw new Refused(405, "GET a key, POST what it signs")
  if (isSign === undefined) return { did: key.did, alg: key.alg }
  const body = await bodyOf(call)
  const member = key.alg === "Ed25519" ? "message" : "digest"
  const data = bytesOf(body[member])
  if (data === null || Object.keys(body).length !== 1 || (member === "digest" && data.length !== 32))
    throw new Refused(400, `the body has one member, ${member}, in base64${member === "digest" ? ", of 32 bytes" : ""}`)
  return { signature: Buffer.from(await key.sign(data)).toString("base64") }
}

/** Listens until it is closed. @throws what binding to the port does */
export const startSignerServer = async (options: SignerServerOptions): Promise<SignerServer> => {
  const { cert, key, clientCa, maxCalls = 32 } = options
  let calls = 0
  const reply = (response: ServerResponse, status: number, body: object): void => {
    const bytes = Buffer.from(JSON.stringify(body))
    response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length })
    response.end(bytes)
  }
  const serve = async (call: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (calls >= maxCalls) return reply(response, 429, { error: `${maxCalls} calls are under way` })
    calls += 1
    try {
      reply(response, 200, await answered(options, call))
    } catch (cause) {
      if (cause instanceof Refused) {
        if (cause.status === 413) response.setHeader("connection", "close")
        return reply(response, cause.status, { error: cause.message })
      }
      options.onProblem(`${call.method} ${call.url}`, cause)
      reply(response, 503, { error: "the key cannot be reached" })
    } finally {
      calls -= 1
    }
  }
  const server = createServer({
    cert,
    key,
    minVersion: "TLSv1.2",
    requestTimeout: BODY_MS,
    headersTimeout: BODY_MS,
    ...(clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  })
  server.on("request", (call, response) => void serve(call, response))
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `https://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
