/** What judge is given besides the message and the state: whether it is authentic. Found ahead of time, by the bytes alone. */
import type { MessageClaims } from "@assay/trust"
import type { Authentic, Unauthentic } from "./authenticate.ts"
import type { Position } from "./sequence-window.ts"

/** Undefined for every entry that is no message. */
export type IdentityFacts = Unauthentic | Authentic | undefined

/** The position of an authentic message in its device's sequence. */
export const positionOf = (
  { epo, seq, iat }: MessageClaims,
  digest: Authentic["digest"],
  offset: number,
): Position => ({
  epo,
  seq,
  iat,
  digest,
  offset,
})
