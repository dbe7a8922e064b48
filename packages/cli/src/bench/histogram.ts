/** The histogram of latencies. Its library is a development dependency: a production install does not have it. */
import type { Histogram } from "hdr-histogram-js"
import { UsageError } from "../command.ts"

/**
 * A histogram of microseconds, up to a minute, exact to three digits.
 * @throws UsageError on an install without development dependencies
 */
export const openHistogram = async (): Promise<Histogram> => {
  const { build } = await import("hdr-histogram-js").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause
    throw new UsageError(
      "measuring latency needs hdr-histogram-js, which a production install leaves out: run npm ci without --omit=dev",
    )
  })
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 })
}
