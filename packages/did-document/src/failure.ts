/** Why a document is none. */

/**
 * `did`: no DID of the method. `log`: a log or document that cannot be read. `parameters`, `scid`, `hash`, `time`, `proof`,
 * `witness`: the rule of did:webvh that is broken. `document`: what it says of its keys cannot be used.
 */
export type DocumentReason = "did" | "log" | "parameters" | "scid" | "hash" | "time" | "proof" | "witness" | "document"

export interface DocumentFailure {
  readonly reason: DocumentReason
  /** For people, one sentence: what is wrong, and where. */
  readonly detail: string
}

export const broken = (reason: DocumentReason, detail: string): DocumentFailure => ({ reason, detail })
