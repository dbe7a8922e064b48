/** The sealer over an embedded log that holds all events already, in a directory of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { startSealers } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { decisions, devicesOf } from "./events.ts"
import { type Measured, measure } from "./measured.ts"

const AT_ONCE = 4096

/** @param dir below which the directory is made, and removed again */
export const sealAll = async (dir: string, leaves: number, devices: number): Promise<Measured> => {
  const data = mkdtempSync(join(dir, "assay-seal-"))
  const log = await openEmbedded({ dir: data, partitions: 1 })
  try {
    const names = devicesOf(devices)
    const at = { stream: STREAMS.audit, partition: 0 }
    for (let from = 0; from < leaves; from += AT_ONCE)
      await log.append(at, decisions(from, Math.min(leaves, from + AT_ONCE), names))
    return await measure(leaves, async () => {
      const sealers = await startSealers(log, data, (cause) => {
        throw cause
      })
      await sealers.settled()
      await sealers.stop()
    })
  } finally {
    await log.close()
    rmSync(data, { recursive: true, force: true })
  }
}
