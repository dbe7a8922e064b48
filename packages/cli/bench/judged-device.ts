/** Devices that are judged for real on a log of their own, and a row that the changelog then holds: for benches that need many alike. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, StageRunner } from "@assay/engine"
import { VALID } from "@assay/jose/verify"
import type { LogRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { stagesOver } from "@assay/node"
import { changelogOf, STREAMS } from "@assay/streams"
import { benchFleet } from "../src/bench/fleet.ts"
import { SERVICES } from "../src/services.ts"

/** Of all devices together, at least. */
const MESSAGES = 40

/**
 * @param name of the fleet, and of the directory
 * @param devices that are judged
 */
export const judgedDevice = async (name: string, devices = 1) => {
  const dir = mkdtempSync(join(tmpdir(), `assay-${name}-`))
  const log = await openEmbedded({ dir, partitions: 1 })
  const fleet = benchFleet(devices, 1, name)
  const stages = stagesOver(SERVICES, log, async (jobs) => new Uint8Array(jobs.length).fill(VALID))(0)
  const options = { log, stages, partition: 0, roots: fleet.world.rootSet }
  const runner = await StageRunner.open(options)
  /** Appends, and judges none. */
  const append = async (prepared: ReturnType<typeof fleet.next>): Promise<void> => {
    const records = prepared.map(({ record }) => record)
    await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
  }
  for (const [kind, body] of fleet.world.signedItems) await publishKnowledge(log, kind, body)
  for (const prepared of [[...fleet.presentations()], fleet.next(Math.max(MESSAGES, 2 * devices))]) {
    await append(prepared)
    await runner.drain()
    await runner.drain()
  }

  const changelog = { stream: changelogOf(runner.group), partition: 0 }
  const { start, end } = await log.bounds(changelog)
  const kept = new Map<string, LogRecord>()
  for (let next = start; next < end; ) {
    const records = await log.read(changelog, next, 4_096, 8 << 20)
    for (const record of records) kept.set(Buffer.from(record.key).toString(), record)
    next = records.at(-1)!.offset + 1
  }
  const [did, row] = [...kept].find(([key]) => key.startsWith("did:"))!
  return {
    log,
    fleet,
    options,
    runner,
    append,
    changelog,
    /** The last row of a device, and all that is no row. */
    row,
    others: [...kept.values()].filter((record) => record !== row),
    /** A device that there is not, for any number below a billion. */
    keyOf: (n: number): Buffer => Buffer.from(`${did.slice(0, -9)}${String(n).padStart(9, "0")}`),
    close: async (): Promise<void> => {
      await log.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
