/** What judge is given besides the message and the state: authenticity, and the earlier message of a proof. */
import type { Entry, StateView } from "@assay/trust"
import type { Authentic, Prepared, Unauthentic } from "./authenticate.ts"
import type { IdentityPorts } from "./config.ts"
import type { IdentityState } from "./state.ts"
import { type Position, placeOf } from "./window.ts"

/** Bytes of a message by its offset in this partition's `submitted`, or null where it is not kept any more. */
export type Earlier = (offset: number) => Uint8Array | null

export interface AuthenticFacts extends Authentic {
  /** The device whose state judge is to see. */
  readonly device: string
  readonly earlier: Earlier
}

export type IdentityFacts = Unauthentic | AuthenticFacts | undefined

/** The position of an authentic message in its device's sequence. */
export const positionOf = ({ claims, digest }: Authentic, offset: number): Position => ({
  epo: claims.epo,
  seq: claims.seq,
  iat: claims.iat,
  digest,
  offset,
})

const UNPREPARED: Unauthentic = { reason: "identity.verifier_failed", detail: "the message was not prepared" }

/**
 * One fact per entry. What an accusation will need is read here: the state before the batch already shows whether an
 * older message is involved, and what the batch itself brings is at hand. So a proof is the same in any batch split.
 */
export const gatherFacts = async (
  entries: ReadonlyArray<Entry>,
  states: StateView<IdentityState>,
  prepared: ReadonlyArray<Prepared | undefined>,
  readSubmitted: IdentityPorts["readSubmitted"],
): Promise<ReadonlyArray<IdentityFacts>> => {
  const loaded = new Map<number, Uint8Array>()
  const earlier: Earlier = (offset) => loaded.get(offset) ?? findIn(entries, offset)
  let reading: Array<Promise<void>> | null = null
  const facts = entries.map((entry, index): IdentityFacts => {
    if (entry.kind !== "message") return undefined
    const found = prepared[index]
    if (found === undefined || "reason" in found) return found ?? UNPREPARED
    const device = found.claims.iss
    if (found.claims.act !== null) {
      const place = placeOf(states.get(device), positionOf(found, entry.origin.offset))
      if (place.kind === "equivocation" || place.kind === "clone") {
        reading ??= []
        reading.push(load(loaded, place.earlier, () => readSubmitted(entry.origin.partition, place.earlier)))
      }
    }
    return { claims: found.claims, readings: found.readings, digest: found.digest, device, earlier }
  })
  if (reading !== null) await Promise.all(reading)
  return facts
}

const load = async (
  loaded: Map<number, Uint8Array>,
  offset: number,
  read: () => Promise<Uint8Array | null>,
): Promise<void> => {
  try {
    const bytes = await read()
    if (bytes !== null) loaded.set(offset, bytes)
  } catch {
    // Not readable is a fact too: the proof then holds the later message alone.
  }
}

const findIn = (entries: ReadonlyArray<Entry>, offset: number): Uint8Array | null => {
  for (const entry of entries)
    if (entry.kind === "message" && entry.origin.offset === offset) return entry.message.envelope.bytes
  return null
}
