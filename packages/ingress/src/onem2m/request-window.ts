/**
 * Requests that come a second time, or too late. TS-0004 asks for a request identifier that is unique, and no CSE that we know
 * looks at it; the originating timestamp is nobody's duty either. Both together make a captured request worthless.
 *
 * The same request again (same identifier, same bytes) is what a CSE sends that has not heard the answer: it gets that answer
 * once more, and nothing is taken twice.
 */
import { hash } from "node:crypto"
import { Lru } from "@assay/bounded"

export type Seen =
  | { readonly kind: "new"; answer(rsc: number): void }
  | { readonly kind: "again"; readonly answer: Promise<number> }
  /** The identifier is that of another request. */
  | { readonly kind: "repeated" }
  /** Its originating timestamp lies outside the window, or cannot be read. */
  | { readonly kind: "stale" }

interface Kept {
  readonly digest: string
  readonly until: number
  readonly answer: Promise<number>
}

/** A CSE that sends more than these within the window may have one taken twice, which is then recognised in the log. */
const MAX_REQUESTS = 65_536

export class RequestWindow {
  readonly #windowMs: number
  readonly #seen = new Lru<Kept>(MAX_REQUESTS)

  /** @param windowMs by which a timestamp may be off, and for which an identifier is remembered */
  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /**
   * @param originatedAt milliseconds since 1970; null where the request has none, which is allowed: its identifier then counts alone
   * @param body the content as it came
   * @param now milliseconds since 1970
   */
  look(from: string, requestId: string, originatedAt: number | null, body: Uint8Array, now: number): Seen {
    // Not a number is no distance either.
    if (originatedAt !== null && !(Math.abs(now - originatedAt) <= this.#windowMs)) return { kind: "stale" }
    const key = `${from}\n${requestId}`
    const digest = hash("sha256", body, "base64url")
    const kept = this.#seen.get(key)
    if (kept !== undefined && kept.until > now)
      return kept.digest === digest ? { kind: "again", answer: kept.answer } : { kind: "repeated" }
    const { promise, resolve } = Promise.withResolvers<number>()
    // Twice: a request from the future edge is acceptable for that long.
    this.#seen.set(key, { digest, until: now + 2 * this.#windowMs, answer: promise })
    return { kind: "new", answer: resolve }
  }
}
