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
  let known = 0
  while (known < FIRMWARE_KEPT && firmware.at(known) !== version) known++
  if (known === 0) return
  if (known === 1 && device.relearning > 0) {
    rollBack(device)
    return
  }
  const isNew = known === FIRMWARE_KEPT
  const isFirst = firmware.at(0) === 0
  for (let i = Math.min(known, FIRMWARE_KEPT - 1); i > 0; i--) firmware.set(i, firmware.at(i - 1))
  firmware.set(0, version)
  if (isNew && !isFirst && mayReopen(device, time)) openRelearning(device)
}

/**
 * The firmware before boots again while the new one is being learned: an update that rolled itself back. What was known before holds
 * again, so the learning ends, and the new version counts as not seen; what its word may open is used up all the same. In place.
 */
const rollBack = (device: DeviceDraft): void => {
  const { firmware } = device
  device.relearning = 0
  for (let i = 1; i < FIRMWARE_KEPT; i++) firmware.set(i - 1, firmware.at(i))
  firmware.set(FIRMWARE_KEPT - 1, 0)
}
