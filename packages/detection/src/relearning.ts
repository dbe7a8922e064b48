/**
 * A known change is learned: a new firmware, a new sensor, another unit. For a bounded number of messages the baselines move
 * without a bound and alarms are reported without suspicion; these messages are at most annotated. What the credential grants
 * still fails a message outside of it.
 */
import { type Device, type DeviceDraft, FIRMWARE_KEPT } from "./device.ts"
import { isUnsuspected } from "./standing.ts"

/** Messages that a known change is learned in. */
export const RELEARNING = 64

/**
 * What the word of a device may open: so many at once, and one more in each period. However fast it speaks that is a small part
 * of its time; and since each is paid for with so many messages outside, however slowly it speaks, a small part of its messages.
 */
export const REOPENED_AT_ONCE = 2
export const REOPENED_PERIOD_MS = 15 * 86_400_000
export const OWED = 4 * RELEARNING

/**
 * Opens a re-learning by an operator's command, in place. The caller has checked who asks, and that the device is neither
 * watched nor convicted.
 */
export const openRelearning = (device: DeviceDraft): void => {
  device.relearning = RELEARNING
}

export const isRelearning = ({ relearning }: Pick<Device, "relearning">): boolean => relearning > 0

/** Counts one message that was learned from, in place. */
export const countRelearning = (device: DeviceDraft): void => {
  if (device.relearning > 0) device.relearning -= 1
  else if (device.owed > 0) device.owed -= 1
}

const HOUR_MS = 3_600_000
const PERIOD = REOPENED_PERIOD_MS / HOUR_MS

/** Takes one of what its word may open, in place: a bucket that is kept as the time at which it is full (GCRA). @returns whether there was one */
const mayReopen = (device: DeviceDraft, time: number): boolean => {
  const now = Math.floor(time / HOUR_MS)
  const full = Math.max(now, device.reopens)
  if (full > now + PERIOD * (REOPENED_AT_ONCE - 1) || device.owed > OWED * (REOPENED_AT_ONCE - 1)) return false
  device.reopens = full + PERIOD
  device.owed += OWED
  return true
}

/**
 * Opens a re-learning where the firmware is another than those of late, in place: once for each version, so that switching to
 * and fro launders nothing, and within what its word may open, however many versions there are. The first one that is seen is no
 * change. While a device is watched or on probation its word opens none: it would be the way out of what it is watched for. The
 * change is seen when that has ended.
 * @param version a hash that is not 0, of firmware that the references know
 * @param time of the log, milliseconds since 1970
 */
export const seeFirmware = (device: DeviceDraft, version: number, time: number): void => {
  if (!isUnsuspected(device.trust) && device.trust !== "stale") return
  const { firmware } = device
  for (let i = 0; i < FIRMWARE_KEPT; i++) if (firmware.at(i) === version) return
  const isFirst = firmware.at(0) === 0
  for (let i = FIRMWARE_KEPT - 1; i > 0; i--) firmware.set(i, firmware.at(i - 1))
  firmware.set(0, version)
  if (!isFirst && mayReopen(device, time)) openRelearning(device)
}
