/**
 * What judge is given besides the message and the state: whether it is authentic. Found ahead of time, by the bytes alone; for a
 * DID with a document by the one in force at its place.
 */
import type { MessageClaims } from "@assay/trust"
import type { Authentic, Unauthentic } from "./authenticate.ts"
import type { Position } from "./positions/position.ts"

/** Undefined for every entry that is no message. */
export type IdentityFacts = Unauthentic | Authentic | undefined

/** The position of an authentic message in its device's sequence. @param time of the entry, milliseconds by the log */
export const positionOf = (
  { epo, seq, iat, prv }: MessageClaims,
  digest: Authentic["digest"],
  offset: number,
  time: number,
  future: boolean,
): Position => ({
  epo,
  seq,
  iat,
  digest,
  prv: prv === null ? null : named(prv),
  offset,
  time,
  future,
})

/** Zeros stand for no digest in what is kept: nobody has a message with that digest. */
const named = (prv: string): Uint8Array | null => (prv.startsWith(NO_PRV) ? null : Buffer.from(prv, "base64url"))
const NO_PRV = "A".repeat(16)
