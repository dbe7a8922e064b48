/** The whole message that was decided at an origin, wherever it went. */
import type { Driver } from "@assay/testkit/driver"
import type { AssayedMessage, Origin } from "@assay/trust"

/** @throws Error where nothing was decided there */
export const decidedMessage = async (driver: Driver, { partition, offset }: Origin): Promise<AssayedMessage> => {
  for (const outcome of ["verified", "annotated", "quarantined"] as const) {
    const found = (await driver.decisions(outcome)).find(
      ({ origin }) => origin.partition === partition && origin.offset === offset,
    )
    if (found !== undefined) return found
  }
  const rejected = (await driver.rejected()).map(({ reasons, detail }) => `${reasons}: ${detail}`)
  throw new Error(`nothing was decided at ${partition}/${offset}; rejected: ${rejected.join("; ")}`)
}
