/**
 * To which device a piece of hardware is bound, for as long as its endorsement runs: a cell of the log, changed by compare-and-swap,
 * so that two processes never bind it to two devices.
 */
import { createHash } from "node:crypto"
import { keyIdOfDid } from "@assay/did"
import type { Cells } from "@assay/log"

const PARTITION = 0

interface Binding {
  readonly device: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

const cellOf = (endorsementKey: Uint8Array): string =>
  `enrolled/${createHash("sha256").update(endorsementKey).digest("hex")}`

const read = (bytes: Uint8Array | null): Binding | null =>
  bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString("utf8")) as Binding)

/** Binds, or renews. @returns the DID that it is bound to otherwise; null where it is bound now as asked */
export const bind = async (
  cells: Cells,
  endorsementKey: Uint8Array,
  device: string,
  now: number,
  expires: number,
): Promise<string | null> => {
  const name = cellOf(endorsementKey)
  for (;;) {
    const bytes = await cells.get(PARTITION, name)
    const before = read(bytes)
    if (before !== null && before.expires > now && keyIdOfDid(before.device) !== keyIdOfDid(device))
      return before.device
    const next = Buffer.from(JSON.stringify({ device, expires } satisfies Binding))
    if (await cells.swap(PARTITION, name, bytes, next)) return null
  }
}
