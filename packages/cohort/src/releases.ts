/**
 * Does one firmware explain which devices of a class misbehave? In a window a device misbehaves where it left what it said before, or
 * was annotated for its own behaviour. A release is the common cause where at least half of its devices do, and of all others at most
 * a quarter of that part. So no minority of its devices can make it one.
 */
import { type AssayedMessage, COHORT_DEVICES, type CohortRelease, isReasonCode, reasonInfo } from "@assay/trust"

const MOST = 4
const HALF = 0.5
const QUARTER = 0.25

/** What is known of one device; `firmware` is what it said last. */
export interface Ran {
  firmware: { readonly version: string; readonly digest: string } | null
  isHeard: boolean
  misbehaves: boolean
}

export const newRan = (): Ran => ({ firmware: null, isHeard: false, misbehaves: false })

const isConduct = (code: string): boolean =>
  code.startsWith("anomaly.") &&
  isReasonCode(code) &&
  reasonInfo(code).attribution === "device" &&
  reasonInfo(code).weight > 0

/** Counts a message of the device, in place. */
export const heardOf = (ran: Ran, { claims, decision }: Pick<AssayedMessage, "claims" | "decision">): void => {
  ran.isHeard = true
  if (claims?.kind === "message" && claims.fw !== null) {
    const { version, digest } = claims.fw
    ran.firmware = { version, digest }
  }
  if (decision?.reasons.some(isConduct) === true) ran.misbehaves = true
}

interface Counted {
  readonly version: string
  readonly digest: string
  devices: number
  misbehaving: number
}

/** Ends the window, in place: the releases that explain who misbehaves in it, the worst first. */
export const commonCauses = (all: Iterable<Ran>): ReadonlyArray<CohortRelease> => {
  const counted = new Map<string, Counted>()
  let devices = 0
  let misbehaving = 0
  for (const ran of all) {
    const { firmware, isHeard, misbehaves } = ran
    ran.isHeard = false
    ran.misbehaves = false
    if (!isHeard || firmware === null) continue
    const key = `${firmware.version}\0${firmware.digest}`
    const found = counted.get(key) ?? { ...firmware, devices: 0, misbehaving: 0 }
    counted.set(key, found)
    found.devices += 1
    devices += 1
    if (!misbehaves) continue
    found.misbehaving += 1
    misbehaving += 1
  }
  return [...counted.values()]
    .map((one) => ({ ...one, others: devices - one.devices, othersMisbehaving: misbehaving - one.misbehaving }))
    .filter(
      (one) => one.devices >= COHORT_DEVICES && one.others >= COHORT_DEVICES && one.misbehaving >= HALF * one.devices,
    )
    .filter((one) => one.othersMisbehaving / one.others <= (QUARTER * one.misbehaving) / one.devices)
    .toSorted((a, b) => b.misbehaving / b.devices - a.misbehaving / a.devices || (a.digest < b.digest ? -1 : 1))
    .slice(0, MOST)
}
