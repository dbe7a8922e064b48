/** Opens a policy slice: a DSSE v1 envelope that a threshold of the pinned roots signed, newer than the one held. */
import { concat, fromPadded, toUtf8 } from "../bytes/bytes.ts"
import { listOf, members, oneOf, type Shape, text, wrongMember } from "../bytes/check.ts"
import { readJson } from "../bytes/json.ts"
import { keyOfDid, thumbprintInput } from "../key/did.ts"
import { verify } from "../key/verify.ts"
import { type Refused, refuse } from "../reason.ts"
import { MAX_SLICE_BYTES, readSlice, SLICE_TYPE, type Slice } from "./slice.ts"

/** What a device is made with: whose signatures count for slices, as DIDs, and how many of them. */
export interface Pins {
  readonly roots: ReadonlyArray<string>
  readonly threshold: number
}

/** Base64 of a slice and a few signatures. */
const MAX_ENVELOPE_BYTES = 2 * MAX_SLICE_BYTES
const MAX_SIGNATURES = 32

interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: ReadonlyArray<{ readonly keyid: string; readonly sig: string }>
}

const ENVELOPE: Shape = {
  payload: text(MAX_ENVELOPE_BYTES),
  payloadType: oneOf([SLICE_TYPE]),
  signatures: listOf(members({ keyid: text(1_024), sig: text(99) }), MAX_SIGNATURES),
}

const readEnvelope = (bytes: Uint8Array): Envelope | null => {
  const found = bytes.length > MAX_ENVELOPE_BYTES ? null : readJson(bytes)
  return found !== null && wrongMember(ENVELOPE, found) === null ? (found as unknown as Envelope) : null
}

/**
 * @param held the slice that the device has: an older or equal version is refused; null where it has none
 * @returns `slice.*` where it is refused. Time is not looked at: `decide` does, at each decision.
 */
export const openSlice = async (bytes: Uint8Array, pins: Pins, held: Slice | null): Promise<Slice | Refused> => {
  const { payload = "", payloadType, signatures = [] } = readEnvelope(bytes) ?? {}
  const body = fromPadded(payload)
  const sigs = signatures.map(({ sig }) => fromPadded(sig))
  if (payloadType === undefined || body === null || sigs.includes(null)) return refuse("slice.malformed", "envelope")
  // The pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`.
  const input = concat(toUtf8(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body)
  // One key counts once, by whatever DIDs the roots name it.
  const keys = new Set<string>()
  for (const [i, { keyid }] of signatures.entries()) {
    const key = pins.roots.includes(keyid) ? keyOfDid(keyid) : null
    if (key === null) continue
    if (!(await verify(key, { input, signature: sigs[i]! }))) return refuse("slice.signature_invalid", keyid)
    keys.add(thumbprintInput(key))
  }
  // A threshold below one would accept anything.
  if (!(keys.size >= Math.max(1, pins.threshold))) return refuse("slice.threshold", `${keys.size}`)
  const slice = readSlice(body)
  if (typeof slice === "string") return refuse("slice.malformed", slice)
  const isOlder = held !== null && (slice.zone !== held.zone || slice.version <= held.version)
  return isOlder ? refuse("slice.older", `${slice.zone} ${slice.version}`) : slice
}
