/** What a protocol hands to the core, and what it is answered. No name of a protocol stands here. */
import type { Origin } from "@assay/trust"

/** One message as it came in. */
export interface Submission {
  /** Exactly as received; never changed. */
  readonly bytes: Uint8Array
  /** For example `application/jose`; "" where the sender gave none. */
  readonly mediaType: string
  /** The protocol it came by, as the envelope keeps it. */
  readonly binding: string
  /** The protocol's own name for the sender (an address, a client id), or null. */
  readonly originator: string | null
  /** The authenticated principal that submits it, or null. */
  readonly principal: string | null
  /** A W3C `traceparent` that came with it, or null. */
  readonly traceparent: string | null
}

/**
 * - `empty`: there are no bytes. Correct the call.
 * - `too_large`: more than `MAX_MESSAGE` bytes. Correct the call.
 * - `quota`: the principal is over its quota. Come again.
 * - `backlog`: the pipeline is behind. Come again.
 */
export type RefusalCode = "empty" | "too_large" | "quota" | "backlog"

/** The message is not in the log. */
export interface Refusal {
  readonly code: RefusalCode
  /** For people: what to do. */
  readonly sentence: string
  /** Milliseconds after which to try again; null where trying again does not help. */
  readonly retryAfterMs: number | null
}

/** The message is durable under this id. */
export interface Taken {
  readonly origin: Origin
}

export type Answer = Taken | Refusal

export const isRefusal = (answer: Answer): answer is Refusal => "code" in answer

/** Bytes. Larger ones are refused here; the cap of identity-resolver is 256 KiB. */
export const MAX_MESSAGE = 1 << 20
