/**
 * Puts the house together: the embedded log, the five stages, the runners, the tick source and the sealer. The only place
 * that knows all services.
 */
import { anomalyStage } from "@assay/anomaly-quarantine"
import { credentialStage } from "@assay/credential-checker"
import { identityStage } from "@assay/identity-resolver"
import { integrityStage } from "@assay/integrity-hasher"
import { VerifyPool } from "@assay/jose/verify/pool"
import { type Log, openEmbedded, partitionOf, STAGE_STREAMS, STREAMS } from "@assay/log"
import {
  type BatchDone,
  Metrics,
  type RunningNode,
  startNode,
  startTicks,
  submittedReader,
  type TickSource,
  type Topology,
} from "@assay/runtime"
import { segmentationStage } from "@assay/segmentation-enforcer"
import { type AnyStage, type RootSet, SERVICE_NAMES, STAGES } from "@assay/trust"
import { type RunningSealers, startSealers } from "./sealers.ts"

export interface HouseOptions {
  readonly dir: string
  /** For a new data directory. */
  readonly partitions?: number
  readonly roots: RootSet
  readonly topology: Topology
  readonly batchRecords?: number
  readonly verifyThreads?: number
  /** 0: no ticks of its own. */
  readonly tickMs: number
  /** False leaves the audit stream unsealed (measurements of the pipeline alone). */
  readonly seal: boolean
  readonly onBatch?: (done: BatchDone) => void
  readonly onProblem?: (what: string, cause: unknown) => void
}

export interface House {
  readonly log: Log
  readonly node: RunningNode
  readonly metrics: Metrics
  readonly sealer: RunningSealers | null
  /** Entries on `submitted` that the first stage has not committed yet. */
  backlog(): Promise<number>
  /** Resolves when all that is on `submitted` now is decided (and sealed). */
  settled(): Promise<void>
  /** Finishes the batches in hand, seals, closes the log. */
  close(): Promise<void>
}

/** Stages that share one verify pool, for one partition. Pure of the runners: `replay` uses them too. */
export const stagesOver = (log: Log, pool: VerifyPool): ((partition: number) => ReadonlyArray<AnyStage>) => {
  const readSubmitted = submittedReader(log)
  const verify = (jobs: Parameters<VerifyPool["verifyBatch"]>[0]) => pool.verifyBatch(jobs)
  const partitionOfDevice = (device: string): number => partitionOf(Buffer.from(device), log.partitions)
  return () => [
    identityStage({ genesis: log.genesis, partitionOf: partitionOfDevice, verify, readSubmitted }),
    credentialStage({ verify }),
    integrityStage(),
    segmentationStage(),
    anomalyStage(),
  ]
}

/** Opens (or creates) the data directory, restores every state, and starts. @throws DataDirError, or what the log says */
export const openHouse = async (options: HouseOptions): Promise<House> => {
  const problem = options.onProblem ?? (() => undefined)
  const log = await openEmbedded({
    dir: options.dir,
    ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
  })
  const pool = new VerifyPool(
    options.verifyThreads === undefined || options.verifyThreads === 0 ? {} : { size: options.verifyThreads },
  )
  const metrics = new Metrics()
  let ticks: TickSource | null = null
  let sealer: RunningSealers | null = null
  try {
    const node = await startNode({
      log,
      roots: options.roots,
      topology: options.topology,
      stagesFor: stagesOver(log, pool),
      ...(options.batchRecords === undefined ? {} : { batchRecords: options.batchRecords }),
      onBatch: (done) => {
        metrics.batch(done)
        options.onBatch?.(done)
      },
      onRestore: (partition, group, cause) => {
        metrics.restores++
        problem(`${group} of partition ${partition} is restored from the log`, cause)
      },
    })
    if (options.seal) sealer = await startSealers(log, options.dir, (cause) => problem("sealing failed", cause))
    if (options.tickMs > 0)
      ticks = startTicks(log, options.tickMs, (cause) => problem("a tick could not be appended", cause))
    const last = options.topology === "chained" ? { group: "chained", stream: STREAMS.submitted } : null
    const backlog = async (): Promise<number> => {
      let open = 0
      for (let partition = 0; partition < log.partitions; partition++) {
        const at = { stream: STREAMS.submitted, partition }
        const group = last?.group ?? "identity-resolver"
        open += (await log.bounds(at)).end - (await log.position(group, at))
      }
      return open
    }
    const settled = async (): Promise<void> => {
      for (;;) {
        const open = await openWork(log, options.topology)
        if (open === 0) break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await sealer?.settled()
    }
    return {
      log,
      node,
      metrics,
      sealer,
      backlog,
      settled,
      close: async () => {
        await ticks?.stop()
        await node.stop()
        await sealer?.stop()
        await pool.close()
        await log.close()
      },
    }
  } catch (cause) {
    await ticks?.stop()
    await pool.close()
    await log.close()
    throw cause
  }
}

const INPUTS = STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input] as const)

/** Entries that some stage has still to judge. */
const openWork = async (log: Log, topology: Topology): Promise<number> => {
  let open = 0
  const groups = topology === "chained" ? ([["chained", STREAMS.submitted]] as const) : INPUTS
  for (const [group, stream] of groups) {
    for (let partition = 0; partition < log.partitions; partition++) {
      const at = { stream, partition }
      open += (await log.bounds(at)).end - (await log.position(group, at))
    }
  }
  return open
}
