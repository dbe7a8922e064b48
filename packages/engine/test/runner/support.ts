/** A runner over a real log with a cluster's manners, in a directory of its own: what the tests of the runner share. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log, LogRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeEntry } from "@assay/schemas"
import { changelogOf, STREAMS } from "@assay/streams"
import { ClusterLikeLog } from "@assay/testkit/cluster-like-log"
import type { AnyStage } from "@assay/trust"
import type { PartitionState } from "../../src/runner/partition-state.ts"
import { type RunnerOptions, StageRunner } from "../../src/runner/runner.ts"
import { encodeRow } from "../../src/state/changelog.ts"
import { countingStage, identified } from "./counting.ts"

export const GROUP = "credential-checker"
export const INPUT = { stream: STREAMS.identified, partition: 0 }
export const OUTPUT = { stream: STREAMS.checked, partition: 0 }
export const CHANGELOG = { stream: changelogOf(GROUP), partition: 0 }
const ROOTS = { roots: [], threshold: 1 }

export class Rig {
  readonly dir: string
  readonly embedded: Log
  readonly cluster: ClusterLikeLog
  readonly clock: { ms: number }
  private offset = 0

  private constructor(dir: string, embedded: Log, clock: { ms: number }) {
    this.dir = dir
    this.embedded = embedded
    this.cluster = new ClusterLikeLog(embedded)
    this.clock = clock
  }

  static async open(): Promise<Rig> {
    const dir = mkdtempSync(join(tmpdir(), "assay-runner-"))
    const clock = { ms: 1_760_000_000_000 }
    return new Rig(dir, await openEmbedded({ dir: join(dir, "log"), partitions: 1, clock: () => clock.ms }), clock)
  }

  async close(): Promise<void> {
    await this.embedded.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** @param left of the runner before it */
  runner(
    log: Log,
    options: Partial<RunnerOptions> = {},
    stage: AnyStage = countingStage(),
    left: PartitionState | null = null,
  ): Promise<StageRunner> {
    return StageRunner.open({ log, stages: [stage], partition: 0, roots: ROOTS, ...options }, left)
  }

  /** As identity-resolver passes messages on, one for each name. */
  async messages(log: Log, ...devices: ReadonlyArray<string>): Promise<void> {
    const time = this.clock.ms
    await log.append(
      INPUT,
      devices.map((device) => ({
        key: Buffer.from(device),
        value: identified(device, { epoch: 1, partition: 0, offset: this.offset++ }, time),
      })),
    )
  }

  async admission(log: Log, device: string): Promise<void> {
    const origin = { epoch: 1, partition: 0, offset: this.offset++ }
    const value = encodeEntry({ origin, time: this.clock.ms, body: { kind: "admission", device, proof: null } })
    await log.append(INPUT, [{ key: Buffer.from(device), value }])
  }
}

export const readAll = async (log: Log, at: { stream: string; partition: number }): Promise<Array<LogRecord>> => {
  const all: Array<LogRecord> = []
  const { start, end } = await log.bounds(at)
  for (let next = start; next < end; ) {
    const records = await log.read(at, next, 100, 1 << 24)
    if (records.length === 0) break
    all.push(...records)
    next = records.at(-1)!.offset + 1
  }
  return all
}

/** Everything that a runner knows, as bytes: rows with their pools, knowledge, place. */
export const known = (runner: StageRunner) => ({
  next: runner.next,
  rows: [...runner.pipeline.table.keys()]
    .map((device) => {
      const row = encodeRow(runner.pipeline.stages, device, runner.pipeline.table.rowOf(device))
      return [device, Buffer.from(row).toString("hex")] as const
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
  strangers: runner.pipeline.table.strangersOf(0),
  admitted: runner.pipeline.table.admittedOf(0),
  track: Buffer.from(runner.pipeline.track.encode()).toString(),
})
