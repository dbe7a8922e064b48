/** Where a message stands, as it says itself. */
import { DIGEST_BYTES } from "../state.ts"

export interface Position {
  readonly epo: number
  readonly seq: number
  readonly iat: number
  /** SHA-256 of the signing input. */
  readonly digest: Uint8Array
  /** The digest that it names as the message before it; null where it names none. */
  readonly prv: Uint8Array | null
  /** Its place in `submitted`. */
  readonly offset: number
  /** Milliseconds by the log. */
  readonly time: number
  /** Whether its `iat` lies ahead of the log by more than the skew: then it moves no time. */
  readonly future: boolean
}

export const short = (digest: Uint8Array): Uint8Array => digest.subarray(0, DIGEST_BYTES)

/** Whether a digest is the one that was kept cut short. */
export const isDigest = (kept: Uint8Array, digest: Uint8Array | null): boolean => {
  if (digest === null || kept.length !== DIGEST_BYTES || digest.length < DIGEST_BYTES) return false
  for (let i = 0; i < DIGEST_BYTES; i++) if (kept[i] !== digest[i]) return false
  return true
}

/** The order of positions: by epoch, then by counter. */
export const isBefore = (
  a: { readonly epo: number; readonly seq: number },
  b: { readonly epo: number; readonly seq: number },
): boolean => a.epo < b.epo || (a.epo === b.epo && a.seq < b.seq)
