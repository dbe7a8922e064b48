/**
 * A gap far beyond the learned mean gap, or the declared period: a multiple of it, in milliseconds, as heartbeat failure detectors take it. Only where
 * the device signed nothing meanwhile: what was signed and did not arrive is the network's silence.
 */
import { silenceOf } from "../arrivals.ts"
import { detector } from "../detector.ts"

export const silence = detector({
  name: "silence",
  reason: "anomaly.silence",
  family: "timing",
  gain: 0.1,
  needs: "arrivals",
  fields: {},
  observe: (device, arrival, config) =>
    (arrival.known || arrival.periodMs > 0) && arrival.isNext && arrival.signedGap > silenceOf(device, arrival, config),
})
