/**
 * What evidence measured, small enough to be kept: with it a later version of knowledge appraises again, without the device. A digest
 * is kept by its first 16 bytes: to find another measurement with the same ones takes 2^128 tries.
 */
import { MalformedError } from "../malformed.ts"

export const MEASURED_BYTES = 16
/** More is no boot of a device: evidence that measures more is refused. */
export const MAX_MEASURED = 192

/** What a measurement is of. PCRs and their events have 24 places each. */
export const SLOT = { pcr: 0, event: 32, tpmFirmware: 64, component: 65, certificate: 254, root: 255 } as const

export interface Measured {
  readonly slot: number
  /** The first MEASURED_BYTES of a SHA-256. */
  readonly digest: Uint8Array
}

export const measured = (slot: number, digest: Uint8Array): Measured => ({
  slot,
  digest: digest.subarray(0, MEASURED_BYTES),
})

/** A firmware version as quotes state it, in the place of a digest. */
export const measuredFirmware = (version: bigint): Measured => {
  const digest = Buffer.alloc(MEASURED_BYTES)
  digest.writeBigUInt64BE(version)
  return { slot: SLOT.tpmFirmware, digest }
}

const keyOf = ({ slot, digest }: Measured): string => `${slot}:${Buffer.from(digest).toString("hex")}`

/** Each once, in order. @throws MalformedError where there are too many */
export const collected = (all: Iterable<Measured>): ReadonlyArray<Measured> => {
  const found = new Map<string, Measured>()
  for (const one of all) found.set(keyOf(one), one)
  if (found.size > MAX_MEASURED) throw new MalformedError(`more than ${MAX_MEASURED} different measurements`)
  return [...found.values()]
}
