/** Far more messages than this device usually sends: a leaky bucket (see arrivals.ts) that drains as fast as it learned. */
import { f64 } from "@assay/layout"
import { pour } from "../arrivals.ts"
import { detector } from "../detector.ts"

export const rate = detector({
  name: "rate",
  reason: "anomaly.rate",
  family: "timing",
  gain: 0.3,
  needs: "arrivals",
  fields: {
    /** Fill of the bucket, in messages. */
    rate: f64(),
  },
  observe(device, arrival, config) {
    const { gap: mean } = device
    const usual = arrival.known && mean > 0 ? (1000 / mean) * config.rateFactor : 0
    const fill = pour(device.rate, arrival, Math.max(config.rateFloorPerSecond, usual))
    // A full bucket does not rise further, so that the alarm ends soon after the rate falls.
    device.rate = Math.min(fill, config.rateBurst + 1)
    return fill > config.rateBurst
  },
})
