/** A gap far beyond the learned mean gap: a multiple of it, in milliseconds, as heartbeat failure detectors take it. */
import { detector } from "./detector.ts"

export const silence = detector({
  name: "silence",
  reason: "anomaly.silence",
  family: "timing",
  gain: 0.1,
  needs: "arrivals",
  fields: {},
  observe: (device, { gap, known }, config) =>
    known && gap > Math.max(config.silenceFloorMs, config.silenceFactor * device.gap),
})
