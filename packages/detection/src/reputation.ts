/** Beta reputation (Josang and Ismail 2002) with forgetting and weighted evidence. */
import type { DetectionConfig } from "./config.ts"
import type { Device, DeviceDraft } from "./device.ts"

type Evidence = Pick<Device, "good" | "bad">

/** Expected behaviour, 0..1; 0.5 for a device never seen. */
export const reputationOf = ({ good, bad }: Evidence): number => (good + 1) / (good + bad + 2)

/** How little is known, 0..1; 1 for a device never seen. */
export const uncertaintyOf = ({ good, bad }: Evidence): number => 2 / (good + bad + 2)

/** A message without fault, in place. */
export const credit = (device: DeviceDraft, config: DetectionConfig): void => {
  device.good = device.good * config.forgetting + 1
  device.bad = device.bad * config.forgetting
}

/** A message with a fault of this weight (0..1, the heaviest of its `device` reasons), in place. */
export const debit = (device: DeviceDraft, weight: number, config: DetectionConfig): void => {
  device.good = device.good * config.forgetting
  device.bad = device.bad * config.forgetting + weight * config.severity
}
