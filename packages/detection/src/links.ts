/**
 * How long nothing of a device has linked to what is held of it. A message that names nothing that is held may come after a loss,
 * and charges nobody. But a device of which only such messages come, over so many and for so long, is shown to be the device by
 * nothing but its key: what it was trusted for has lapsed, as by silence. It is earned again by messages that link.
 */
import type { Device, DeviceDraft } from "./device.ts"

/** Messages in a row that link to nothing, and the time without one that does. Both must have passed. */
export const UNLINKED = { messages: 64, ms: 3_600_000 } as const

/**
 * Counts a message, in place.
 * @param link `held`: it links to what is held of the device; `aside`: to a contested message; `none`: to nothing
 */
export const countLink = (device: DeviceDraft, link: "held" | "aside" | "none"): void => {
  if (link === "held") device.unlinked = 0
  else if (link === "none" && device.unlinked < UNLINKED.messages) device.unlinked += 1
}

/** Whether its trust lapses. @param time of the log, milliseconds since 1970 */
export const isUnlinked = (
  { trust, unlinked, heard }: Pick<Device, "trust" | "unlinked" | "heard">,
  time: number,
): boolean => trust === "trusted" && unlinked >= UNLINKED.messages && time - heard >= UNLINKED.ms
