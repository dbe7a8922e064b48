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
}

/**
 * Opens a re-learning where the firmware is another than those of late, in place: once for each version, so that switching to
 * and fro launders nothing. The first one that is seen is no change. While a device is watched or on probation its word opens
 * none: it would be the way out of what it is watched for. The change is seen when that has ended.
 * @param version a hash that is not 0, of firmware that the references know
 */
export const seeFirmware = (device: DeviceDraft, version: number): void => {
  if (!isUnsuspected(device.trust) && device.trust !== "stale") return
  const { firmware } = device
  for (let i = 0; i < FIRMWARE_KEPT; i++) if (firmware.at(i) === version) return
  const isFirst = firmware.at(0) === 0
  for (let i = FIRMWARE_KEPT - 1; i > 0; i--) firmware.set(i, firmware.at(i - 1))
  firmware.set(0, version)
  if (!isFirst) openRelearning(device)
}
