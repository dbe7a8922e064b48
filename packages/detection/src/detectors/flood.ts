/** More messages than any device may send: a leaky bucket (see arrivals.ts) with a fixed drain. */
import { f64 } from "@assay/layout"
import { pour } from "../arrivals.ts"
import { detector } from "../detector.ts"

export const flood = detector({
  name: "flood",
  reason: "anomaly.flood",
  family: "timing",
  gain: 0.45,
  needs: "arrivals",
  fields: {
    /** Fill of the bucket, in messages. */
    flood: f64(),
  },
  observe(device, arrival, config) {
    const fill = pour(device.flood, arrival, config.floodPerSecond)
    // A full bucket does not rise further, so that the alarm ends soon after the flood does.
    device.flood = Math.min(fill, config.floodBurst + 1)
    return fill > config.floodBurst
  },
})
