/**
 * One document by HTTPS, from a host that is allowed, within bounds of size and time. Whatever else a server may answer
 * (a redirect, a compressed body, another type) is refused by name: the other side is nobody's friend.
 */
import type { IncomingMessage } from "node:http"
import { type RequestOptions, request } from "node:https"
import { isIP } from "node:net"
import { AddressRefused, bySystem, checkedLookup, type ResolveName } from "./checked-lookup.ts"
import type { Hosts } from "./hosts.ts"

/**
 * `unchanged`: the server has what the caller has (304). `not_allowed`: no line allows the host, or an address of it. `not_found`: the server has none. `unreachable`: no connection,
 * or not within its time. `refused`: another answer than a document.
 */
export type FetchReason = "unchanged" | "not_allowed" | "not_found" | "unreachable" | "refused" | "too_large"

export interface FetchFailure {
  readonly reason: FetchReason
  /** For people, one sentence. */
  readonly detail: string
}

export interface FetchOptions {
  readonly hosts: Hosts
  /** From the first packet to the last byte, milliseconds. */
  readonly timeoutMs?: number
  /** Authorities that are trusted in place of those of Node, PEM. */
  readonly ca?: string | Buffer
  readonly resolveName?: ResolveName
}

export interface Place {
  readonly host: string
  /** Begins with a slash. */
  readonly path: string
  /** Bytes of a body at most. */
  readonly maximum: number
  /** Media types that it may have, without parameters. */
  readonly types: ReadonlyArray<string>
  /** Where the caller has a version of it: its entity tag, as the server named it. */
  readonly etag?: string | null
  /** The entity tag of what came; null where the server names none, or one that is no such tag. */
  readonly onEtag?: (etag: string | null) => void
  /** What is sent with it; left out: nothing is, and the document is only asked for. */
  readonly post?: { readonly type: string; readonly body: Uint8Array }
}

const TIMEOUT_MS = 10_000
const MAX_HEADERS = 8_192

class Refused extends Error {
  override readonly name = "Refused"
  readonly reason: FetchReason

  constructor(reason: FetchReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** What of an answer's head makes it no document. */
const whyRefused = ({ statusCode = 0, headers }: IncomingMessage, { maximum, types, etag }: Place): Refused | null => {
  if (statusCode === 304 && (etag ?? null) !== null) return new Refused("unchanged", "the server has nothing newer")
  if (statusCode === 404 || statusCode === 410) return new Refused("not_found", `the server answers ${statusCode}`)
  if (statusCode >= 300 && statusCode < 400)
    return new Refused("refused", `the server answers ${statusCode}: a redirect is not followed`)
  if (statusCode === 429 || statusCode >= 500) return new Refused("unreachable", `the server answers ${statusCode}`)
  if (statusCode !== 200) return new Refused("refused", `the server answers ${statusCode}`)
  const encoding = headers["content-encoding"] ?? "identity"
  if (encoding !== "identity") return new Refused("refused", `the body is in ${encoding}, which was not asked for`)
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase()
  if (!types.includes(type)) return new Refused("refused", `the type is ${JSON.stringify(type.slice(0, 64))}`)
  const length = Number(headers["content-length"] ?? 0)
  return length > maximum ? new Refused("too_large", `the body has ${length} bytes: at most ${maximum}`) : null
}

const bodyOf = async (response: IncomingMessage, { maximum }: Place): Promise<Buffer> => {
  const parts: Array<Buffer> = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maximum) throw new Refused("too_large", `the body has more than ${maximum} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const failureOf = (cause: unknown): FetchFailure => {
  if (cause instanceof Refused) return { reason: cause.reason, detail: cause.message }
  const { name, message } = cause as Error
  if (cause instanceof AddressRefused) return { reason: "not_allowed", detail: message }
  if (name === "AbortError" || name === "TimeoutError")
    return { reason: "unreachable", detail: "no whole answer within its time" }
  return { reason: "unreachable", detail: message.slice(0, 200) }
}

/** RFC 9110, section 8.8.3; what a server writes goes back to it and to nobody else. */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,128}"$/

const etagIn = ({ headers: { etag } }: IncomingMessage): string | null =>
  etag !== undefined && ETAG.test(etag) ? etag : null

/** What the line of a host says in the place of a name server. */
const named =
  (address: string): ResolveName =>
  async () => [{ address, family: isIP(address) }]

/** Fetches one document. Never rejects: what keeps it back is a value. A connection serves one request. */
export type Get = (place: Place) => Promise<Buffer | FetchFailure>

export const getter = (options: FetchOptions): Get => {
  const { hosts, timeoutMs = TIMEOUT_MS, ca, resolveName = bySystem } = options
  return async (place) => {
    const { host, path, types, post } = place
    const allowed = hosts(host)
    if (allowed === null) return { reason: "not_allowed", detail: `${host} is not among the hosts that are allowed` }
    // Aborting ends the name's lookup, the connection and the body alike, however slowly each of them comes.
    const signal = AbortSignal.timeout(timeoutMs)
    const asked: RequestOptions = {
      host,
      servername: host,
      port: allowed.port,
      path,
      method: post === undefined ? "GET" : "POST",
      agent: false,
      signal,
      maxHeaderSize: MAX_HEADERS,
      lookup: checkedLookup(allowed, allowed.address === null ? resolveName : named(allowed.address)),
      headers: {
        accept: types.join(", "),
        "accept-encoding": "identity",
        "user-agent": "assay-resolver",
        ...((place.etag ?? null) === null ? {} : { "if-none-match": place.etag! }),
        ...(post === undefined ? {} : { "content-type": post.type, "content-length": post.body.length }),
      },
      ...(ca === undefined ? {} : { ca }),
    }
    let sent: ReturnType<typeof request> | null = null
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        sent = request(asked, resolve)
        sent.on("error", reject)
        sent.end(post?.body)
      })
      const refused = whyRefused(response, place)
      if (refused !== null) throw refused
      const body = await bodyOf(response, place)
      place.onEtag?.(etagIn(response))
      return body
    } catch (cause) {
      return failureOf(signal.aborted ? signal.reason : cause)
    } finally {
      ;(sent as ReturnType<typeof request> | null)?.destroy()
    }
  }
}
