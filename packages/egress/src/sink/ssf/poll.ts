/**
 * Poll delivery of Security Event Tokens (RFC 8936): the receiver asks, and acknowledges by `jti` what it has. `write` resolves
 * when all of its tokens are acknowledged or refused, so no more is kept than one step of each stream partition.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTls } from "node:https"
import type { AddressInfo } from "node:net"
import type { Encoded } from "../../encode/encoder.ts"
import type { Refused, Sink } from "../sink.ts"
import { reasonOf, type TokenError } from "./error.ts"

const MAX_REQUEST = 1 << 20
/** In one answer where the receiver names no number. */
const MAX_EVENTS = 100
/** How long an empty poll is held (section 2.2, `returnImmediately`). */
const HOLD_MS = 30_000

export interface PollOptions {
  readonly host: string
  readonly port: number
  /** The bearer token that the receiver shows; null: none is asked for. */
  readonly token: string | null
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly holdMs?: number
  /** Tokens that nobody acknowledged for so long are given out anew, as after any failure. */
  readonly timeoutMs: number
}

interface Pending {
  readonly item: Encoded
  readonly settle: (refused: Refused | null) => void
}

interface PollRequest {
  readonly maxEvents?: unknown
  readonly returnImmediately?: unknown
  readonly ack?: unknown
  readonly setErrs?: unknown
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

const bodyOf = async (request: IncomingMessage): Promise<PollRequest | null> => {
  const parts: Array<Buffer> = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > MAX_REQUEST) return null
    parts.push(part as Buffer)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"))
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
  response.end(JSON.stringify(body))
}

/** A sink that is asked. `address` says where it listens once it is open. */
export interface PollSink extends Sink {
  address(): AddressInfo | null
}

export const pollSink = (name: string, options: () => PollOptions): PollSink => {
  const pending = new Map<string, Pending>()
  let server: Server | null = null
  let timeoutMs = 0
  let wake: Array<() => void> = []

  const settled = (jti: string, refused: Refused | null): void => {
    const found = pending.get(jti)
    if (found === undefined) return
    pending.delete(jti)
    found.settle(refused)
  }
  /** Section 2.4: what the receiver has, and what it does not take. */
  const acknowledge = ({ ack, setErrs }: PollRequest): void => {
    if (Array.isArray(ack)) for (const jti of ack) if (typeof jti === "string") settled(jti, null)
    if (typeof setErrs !== "object" || setErrs === null) return
    for (const [jti, error] of Object.entries(setErrs)) {
      const found = pending.get(jti)
      if (found !== undefined) settled(jti, { item: found.item, reason: reasonOf((error ?? {}) as TokenError) })
    }
  }
  const news = (holdMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, holdMs)
      function done(): void {
        clearTimeout(timer)
        wake = wake.filter((one) => one !== done)
        resolve()
      }
      wake.push(done)
    })
  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    { token, holdMs = HOLD_MS }: PollOptions,
  ): Promise<void> => {
    if (token !== null && !timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${token}`)))
      return answer(response, 401, {
        err: "authentication_failed",
        description: "the bearer token is not the one agreed on",
      })
    if (request.method !== "POST")
      return answer(response, 405, { err: "invalid_request", description: "poll with POST" })
    const asked = await bodyOf(request)
    if (asked === null)
      return answer(response, 400, { err: "invalid_request", description: "not a JSON object of at most 1 MiB" })
    acknowledge(asked)
    const { maxEvents, returnImmediately } = asked
    const most =
      Number.isSafeInteger(maxEvents) && (maxEvents as number) >= 0
        ? Math.min(maxEvents as number, MAX_EVENTS)
        : MAX_EVENTS
    if (pending.size === 0 && most > 0 && returnImmediately !== true) await news(holdMs)
    const given = [...pending].slice(0, most)
    const sets = Object.fromEntries(
      given.map(([jti, { item }]) => [jti, Buffer.from(item.bytes).toString("latin1").trimEnd()]),
    )
    answer(response, 200, { sets, ...(pending.size > given.length ? { moreAvailable: true } : {}) })
  }

  return {
    name,
    address: () => (server?.address() as AddressInfo | null) ?? null,
    open: async () => {
      const opened = options()
      timeoutMs = opened.timeoutMs
      const listener = (request: IncomingMessage, response: ServerResponse): void => {
        handle(request, response, opened).catch(() => response.destroy())
      }
      const made =
        opened.tls === null ? createPlain(listener) : createTls({ ...opened.tls, minVersion: "TLSv1.2" }, listener)
      await new Promise<void>((resolve, reject) => {
        made.once("error", reject)
        made.listen(opened.port, opened.host, () => resolve())
      })
      server = made
    },
    write: async (items) => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          for (const { key } of items) pending.delete(key)
          reject(new Error(`the receiver did not acknowledge ${items.length} tokens within ${timeoutMs} ms`))
        }, timeoutMs)
      })
      const results = items.map(
        (item) =>
          new Promise<Refused | null>((settle) => {
            pending.set(item.key, { item, settle })
          }),
      )
      for (const one of wake) one()
      try {
        return (await Promise.race([Promise.all(results), late])).filter((refused) => refused !== null)
      } finally {
        clearTimeout(timer)
      }
    },
    // `write` resolves when the receiver has acknowledged.
    flush: async () => undefined,
    close: async () => {
      pending.clear()
      for (const one of wake) one()
      const closing = server
      server = null
      if (closing === null) return
      closing.closeAllConnections()
      await new Promise<void>((resolve) => closing.close(() => resolve()))
    },
  }
}
