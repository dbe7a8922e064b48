/**
 * Receipts: a device hears what became of what it sent, on a topic that the broker's ACL lets it alone read.
 *
 *   {"alg":"Ed25519","kid":"did:key:...#...","typ":"assay-receipt+jwt"}
 *   {"iss":"did:key:...","sub":"<DID of the device>","dig":"<digest of the message>","rcp":"taken","iat":1760000000}
 *
 * `taken`: verified or annotated. `held`: quarantined. Nothing else is said: reasons, trust and limits would guide a thief.
 * Only authenticated messages have one, and only those that came over the device's own topic. `dig` is what the next message
 * names in `prv`. At least once: after a crash the same receipt may come again.
 */
import { Lru, TokenBucket } from "@assay/bounded"
import { decodeAssayed, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AssayedMessage, signerOf } from "@assay/trust"
import { type Receipt, receiptFor } from "../core/receipt.ts"
import { type Followed, type Publish, type PushOptions, type RunningPush, startPush } from "./push.ts"
import { topicOf } from "./topics.ts"

export const RECEIPT_TYPE = "assay-receipt+jwt"

export interface ReceiptClaims {
  readonly iss: string
  readonly sub: string
  readonly dig: string
  readonly rcp: Receipt
  /** Seconds since 1970, of the log's time of the message. */
  readonly iat: number
}

export interface ReceiptCounts {
  readonly sent: number
  /** Above the rate of their device. */
  readonly leftOut: number
  /** The broker takes them from nobody with our name, or the DID is no segment of a topic. */
  readonly refused: number
}

export interface ReceiptOptions extends PushOptions {
  /** The DID that signs. */
  readonly issuer: string
  /** A compact JWS with `RECEIPT_TYPE`. */
  readonly sign: (claims: ReceiptClaims) => Buffer | Promise<Buffer>
  /** Of each device. */
  readonly perSecond: number
}

export type RunningReceipts = RunningPush<ReceiptCounts>

const MAX_DEVICES = 100_000

/** What a device hears; null: nothing. */
export const receiptOf = (message: AssayedMessage, issuer: string): ReceiptClaims | null => {
  const { claims, decision, envelope, time } = message
  if (claims === null || decision === null || decision.kind !== "original") return null
  if (envelope.binding !== "mqtt" || envelope.principal !== signerOf(claims.iss)) return null
  const rcp = receiptFor(decision.outcome)
  return { iss: issuer, sub: claims.iss, dig: claims.digest, rcp, iat: Math.floor(time / 1000) }
}

/** Of what is decided from now on: for what was decided before nobody waits. @throws what the log says at joining */
export const startReceipts = (options: ReceiptOptions): Promise<RunningReceipts> => {
  const { issuer, sign, topic, perSecond } = options
  const count = { sent: 0, leftOut: 0, refused: 0 }
  const buckets = new Lru<TokenBucket>(MAX_DEVICES)

  const mayHave = (device: string): boolean => {
    const now = performance.now()
    const bucket = buckets.get(device) ?? new TokenBucket(perSecond, perSecond, now)
    buckets.set(device, bucket)
    return bucket.take(1, now) === 0
  }
  const send = async (message: AssayedMessage, publish: Publish): Promise<void> => {
    const receipt = receiptOf(message, issuer)
    if (receipt === null) return
    // Who cannot sign reads no topic either: its gateway does.
    const reader = signerOf(receipt.sub)
    const to = topicOf(topic, reader)
    if (to === null) count.refused += 1
    else if (!mayHave(reader)) count.leftOut += 1
    else if (await publish(to, await sign(receipt))) count.sent += 1
    else count.refused += 1
  }
  const take: Followed["take"] = async (records, publish) => {
    // What is none of ours has no receipt.
    for (const { value } of records) {
      const message = readable(() => decodeAssayed(value))
      if (message !== null) await send(message, publish)
    }
  }
  return startPush(options, {
    what: "receipts",
    streams: [
      { stream: STREAMS.verified, take },
      { stream: STREAMS.annotated, take },
      { stream: STREAMS.quarantined, take },
    ],
    begin: "end",
    counts: () => ({ ...count }),
  })
}
