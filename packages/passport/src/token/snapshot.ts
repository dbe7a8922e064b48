/**
 * The revocation snapshot: a Bloom filter over the serials of passports that run still and count no more, as a CWT of the passport
 * signer. Serials are random, so their own bits choose the places; a passport that is hit by chance is issued anew under
 * another serial.
 *
 *   1 iss, 3 aud, 6 iat   as in a passport
 *   10 nonce              of a device that asked for a live status; else absent
 *   -70100 version        only rises
 *   -70101 places         bits for each serial, 1..32
 *   -70102 filter         bytes; bit n is bit n % 8 of byte n / 8
 */
import { fromBase64, toBase64 } from "../bytes/bytes.ts"
import type { Cbor, CborMap } from "../bytes/cbor.ts"
import { count, text } from "../bytes/check.ts"
import { isRefused, type Refused, refuse } from "../reason.ts"
import type { Slice } from "../slice/slice.ts"
import { readSign1 } from "./cose.ts"
import { openSigned } from "./signed.ts"

export const SNAPSHOT_TYP = "m2m-revocations+cwt"
export const MAX_SNAPSHOT_BYTES = 262_144
export const MAX_PLACES = 32
/** iss, aud, iat, version, places, filter, nonce. */
const LABELS = [1, 3, 6, -70_100, -70_101, -70_102, 10]

export interface SnapshotClaims {
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly version: number
  readonly places: number
  readonly filter: Uint8Array
  /** base64url of 16 to 64 bytes; null where nobody asked. */
  readonly nonce: string | null
}

export type Snapshot = SnapshotClaims

/** Which bits of a filter of `bits` bits stand for a serial (8 bytes). */
export const placesOf = (serial: Uint8Array, places: number, bits: number): ReadonlyArray<number> => {
  const view = new DataView(serial.buffer, serial.byteOffset, 8)
  const [first, step] = [view.getUint32(0), view.getUint32(4) | 1]
  // Below 2^32 + 32 * 2^32: exact.
  return Array.from({ length: places }, (_, i) => (first + i * (step >>> 0)) % bits)
}

/** Whether a passport counts no more; also true, seldom, for one that does. @param serial as in the passport */
export const isRevoked = ({ filter, places }: Snapshot, serial: string): boolean =>
  filter.length > 0 &&
  placesOf(fromBase64(serial) as Uint8Array, places, filter.length * 8).every((n) => (filter[n >> 3]! >> (n & 7)) & 1)

export const snapshotToCwt = (claims: SnapshotClaims): CborMap => {
  const { iss, aud, iat, version, places, filter, nonce } = claims
  const values = [iss, aud, iat, version, places, filter, ...(nonce === null ? [] : [fromBase64(nonce)])]
  return new Map(values.map((value, i) => [LABELS[i]!, value as Cbor] as const))
}

const fromCwt = (map: CborMap): SnapshotClaims | null => {
  const [iss, aud, iat, version, places, filter, answered] = LABELS.map((label) => map.get(label))
  const nonce = answered instanceof Uint8Array ? toBase64(answered) : null
  const isWhole = text(1_024)(iss) && text(512)(aud) && [iat, version].every(count()) && count(MAX_PLACES, 1)(places)
  // 16 to 64 bytes.
  const isAnswer = nonce === null ? map.size === 6 : map.size === 7 && /^.{22,86}$/.test(nonce)
  return isWhole && isAnswer && filter instanceof Uint8Array
    ? ({ iss, aud, iat, version, places, filter, nonce } as SnapshotClaims)
    : null
}

/**
 * @param held the snapshot that the device has: an older one is refused; null where it has none
 * @returns `snapshot.*` where it is refused. Its age is not looked at: `decide` does, at each decision.
 */
export const openSnapshot = async (
  bytes: Uint8Array,
  slice: Slice,
  held: Pick<Snapshot, "version" | "iat"> | null,
): Promise<Snapshot | Refused> => {
  const token = bytes.length > MAX_SNAPSHOT_BYTES ? null : readSign1(bytes, SNAPSHOT_TYP)
  const snapshot = await openSigned("snapshot", token, token && fromCwt(token.claims), slice)
  if (isRefused(snapshot) || held === null) return snapshot
  const { version, iat } = snapshot
  return version < held.version || iat < held.iat ? refuse("snapshot.older", `${version}`) : snapshot
}
