/** One POST. Redirects are not followed: a batch goes where the setting says, or nowhere. */
import { type OutgoingHttpHeaders, Agent as PlainAgent, request as requestPlain } from "node:http"
import { type RequestOptions, request as requestTls, Agent as TlsAgent } from "node:https"
import { urlToHttpOptions } from "node:url"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

/** Of an answer, so much is read. */
const MAX_ANSWER = 1 << 20
/** A smaller body is sent as it is. */
const GZIP_FROM = 1_024
/** At once, to one sink: a partition more waits for its turn. */
const MAX_SOCKETS = 4

const zip = promisify(gzip)

export interface Endpoint {
  readonly url: URL
  readonly headers: OutgoingHttpHeaders
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key">
  readonly gzip: boolean
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
}

export interface Client {
  /** @param path put behind the endpoint's own @throws what the network says, and where there is no whole answer in time */
  post(body: Uint8Array, headers: OutgoingHttpHeaders, path?: string): Promise<Answer>
  close(): void
}

const pathOf = ({ pathname, search }: URL, more: string): string =>
  more === "" ? `${pathname}${search}` : `${pathname.replace(/\/$/, "")}${more}${search}`

export const clientOf = ({ url, headers: own, tls, gzip: zips, timeoutMs }: Endpoint): Client => {
  const { protocol, hostname, port } = urlToHttpOptions(url)
  const isTls = protocol === "https:"
  const kept = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: timeoutMs }
  const agent = isTls ? new TlsAgent({ ...kept, ...tls }) : new PlainAgent(kept)

  const post = async (body: Uint8Array, headers: OutgoingHttpHeaders, more = ""): Promise<Answer> => {
    const zipped = zips && body.length >= GZIP_FROM
    const sent = zipped ? await zip(body) : body
    return new Promise((resolve, reject) => {
      const call = (isTls ? requestTls : requestPlain)({
        protocol,
        hostname,
        port,
        path: pathOf(url, more),
        method: "POST",
        agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...own,
          ...headers,
          "content-length": sent.length,
          ...(zipped ? { "content-encoding": "gzip" } : {}),
        },
      })
      call.on("error", (cause) =>
        reject(
          cause.name === "AbortError" || cause.name === "TimeoutError"
            ? new Error(`no answer of ${url.host} within ${timeoutMs} ms`)
            : cause,
        ),
      )
      call.on("response", (response) => {
        const parts: Array<Buffer> = []
        let size = 0
        response.on("data", (part: Buffer) => {
          size += part.length
          if (size > MAX_ANSWER)
            response.destroy(new Error(`the answer of ${url.host} is larger than ${MAX_ANSWER} bytes`))
          else parts.push(part)
        })
        response.on("error", reject)
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString("utf8"),
          }),
        )
      })
      call.end(sent)
    })
  }
  return { post, close: () => agent.destroy() }
}
