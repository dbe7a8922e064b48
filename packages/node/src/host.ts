/**
 * A process that judges, without its HTTP edge: the log, telemetry, the runners of its share, the tick source, and the sealer
 * where it has one. Opened in that order, closed in the other.
 */

import { type BatchDone, type RunningNode, startNode, startTicks, type Topology } from "@assay/engine"
import type { DeviceModel } from "@assay/ingress"
import { type Log, lagOf } from "@assay/log"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { Metrics, type MetricsOptions, type Telemetry, watchLag } from "@assay/telemetry"
import { type AnyStage, type RootSet, SERVICE_NAMES, STAGES } from "@assay/trust"

/** How far a partition is sealed; `leaves` is null where that is not known here, `stopped` where a person must look first. */
interface Seal {
  readonly partition: number
  readonly unsealedAgeMs: number
  readonly leaves: number | null
  readonly stopped: boolean
}

/** What seals beside the runners. */
export interface Sealing {
  /** Resolves when all of audit.events is sealed. Rejects when a sealer gave up. */
  settled(): Promise<void>
  /** Seals what is there, then ends. */
  stop(): Promise<void>
  /** Why somebody should look, or null. */
  alarm(): string | null
  seals(): ReadonlyArray<Seal>
}

/** What is fed beside the runners, from the log alone, and only ever shown. */
export interface FedModel extends DeviceModel {
  stop(): Promise<void>
}

export interface HostOptions {
  readonly openLog: () => Promise<Log>
  /** Goes before every stream and group in what metrics are named by. */
  readonly prefix?: string
  readonly roots: RootSet
  readonly topology: Topology
  /** The stages of this process for a partition. `onClose`: what must be closed after the last batch. */
  readonly stagesOver: (
    log: Log,
    onClose: (close: () => Promise<void>) => void,
  ) => (partition: number) => ReadonlyArray<AnyStage>
  readonly batchRecords?: number
  readonly lingerMs?: number
  readonly stallMs?: number
  /** The directory of local snapshots; null or left out: none are taken. */
  readonly snapshots?: string | null
  readonly acceptMoved?: boolean
  /** 0: no ticks of its own. */
  readonly tickMs: number
  readonly telemetry?: (metrics: Metrics, log: Log) => Promise<Telemetry>
  /** Null leaves the audit stream unsealed here. */
  readonly sealing: ((log: Log, onProblem: (cause: unknown) => void) => Promise<Sealing>) | null
  /** Null or left out: this process has no read model. */
  readonly readModel?: ((log: Log, metrics: Metrics) => Promise<FedModel>) | null
  readonly onBatch?: (done: BatchDone) => void
  readonly onProblem?: (what: string, cause: unknown) => void
}

export interface Host {
  readonly log: Log
  readonly node: RunningNode
  readonly metrics: Metrics
  readonly telemetry: Telemetry | null
  readonly sealer: Sealing | null
  readonly model: FedModel | null
  /** Why it is not ready, or null. */
  notReady(): string | null
  /** Entries on `submitted` that the first stage has not committed yet; on a shared log as of a moment ago. */
  backlog(): Promise<number>
  /** Resolves when all that is on `submitted` now is decided (and sealed, where this process seals). */
  settled(): Promise<void>
  /** Finishes the batches in hand, seals, closes the log. */
  close(): Promise<void>
}

/** On a shared log each look is a question to a server. */
const BACKLOG_MS = 500
const POLL_MS = { embedded: 5, kafka: 100 } as const

const groupsOf = (topology: Topology): ReadonlyArray<readonly [group: string, stream: string]> =>
  topology === "chained"
    ? [["chained", STREAMS.submitted]]
    : STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input])

const lagOfAll = async (log: Log, group: string, stream: string): Promise<number> => {
  const each = Array.from({ length: log.partitions }, (_, partition) => lagOf(log, group, { stream, partition }))
  return (await Promise.all(each)).reduce((sum, lag) => sum + lag, 0)
}

/** Entries that some stage has still to judge. Asked in the order of the stages, so that nothing slips by between two. */
const openWork = async (log: Log, topology: Topology): Promise<number> => {
  let open = 0
  for (const [group, stream] of groupsOf(topology)) open += await lagOfAll(log, group, stream)
  return open
}

const backlogOf = (log: Log, topology: Topology): (() => Promise<number>) => {
  const [group, stream] = groupsOf(topology)[0]!
  if (!log.traits.shared) return () => lagOfAll(log, group, stream)
  let asked: { readonly at: number; readonly answer: Promise<number> } | null = null
  return () => {
    const now = performance.now()
    if (asked === null || now - asked.at > BACKLOG_MS) asked = { at: now, answer: lagOfAll(log, group, stream) }
    return asked.answer
  }
}

const REPEATED_MS = 30_000
/** A batch in hand and a seal take a fraction of it. */
const SLOW_STOP_MS = 5_000

/** An outage makes every partition fail many times a minute: the same problem is told once in a while, with its count. */
const seldom = (tell: (what: string, cause: unknown) => void): ((what: string, cause: unknown) => void) => {
  const told = new Map<string, { at: number; left: number }>()
  return (what, cause) => {
    const name = `${what}: ${cause instanceof Error ? cause.name : String(cause)}`
    const now = performance.now()
    const last = told.get(name)
    if (last !== undefined && now - last.at < REPEATED_MS) {
      last.left++
      return
    }
    told.set(name, { at: now, left: 0 })
    tell(
      last === undefined || last.left === 0 ? what : `${what} (and ${last.left} times since it was last told)`,
      cause,
    )
  }
}

/** Opens or creates what is needed, and starts. @throws what the log says: DataDirError, LogSetupError; ConfigurationError */
export const openHost = async (options: HostOptions): Promise<Host> => {
  const { topology } = options
  const problem = seldom(options.onProblem ?? (() => undefined))
  const closers: Array<readonly [what: string, close: () => Promise<void>]> = []
  const closeAll = async (): Promise<void> => {
    const failed: Array<unknown> = []
    for (const [what, close] of closers.splice(0).reverse()) {
      const slow = setTimeout(
        () => problem("stopping takes long", new Error(`still waiting for ${what} to end`)),
        SLOW_STOP_MS,
      )
      await close().catch((cause) => failed.push(cause))
      clearTimeout(slow)
    }
    if (failed.length > 0) throw failed[0]
  }
  const log = await options.openLog()
  closers.push(["the log", () => log.close()])
  try {
    const settings: MetricsOptions = { engine: log.traits.engine, prefix: options.prefix ?? "" }
    const metrics = new Metrics(settings)
    const telemetry = (await options.telemetry?.(metrics, log)) ?? null
    closers.push(["telemetry", async () => telemetry?.stop()])
    const stagesFor = options.stagesOver(log, (close) => closers.push(["the stages", close]))
    let sealer: Sealing | null = null
    closers.push(["the sealer", async () => sealer?.stop()])
    const node = await startNode({
      log,
      roots: options.roots,
      topology,
      stagesFor,
      ...(options.batchRecords === undefined ? {} : { batchRecords: options.batchRecords }),
      ...(options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs }),
      ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
      ...(options.snapshots ? { snapshots: { dir: options.snapshots, atStop: true } } : {}),
      acceptMoved: options.acceptMoved ?? false,
      ...(telemetry === null ? {} : { tracer: telemetry.tracer }),
      onBatch: (done) => {
        metrics.batch(done)
        if (done.undecided > 0)
          problem(
            `ALARM: ${done.group} of partition ${done.partition} failed at ${done.undecided} entries, which are undecided and kept`,
            new Error(done.events.find(({ reasons }) => reasons.includes("engine.fault"))?.detail ?? ""),
          )
        options.onBatch?.(done)
      },
      onRestore: (partition, group, cause) => {
        metrics.restored(group, partition, cause)
        problem(`${group} of partition ${partition} has failed and will be restored from the log`, cause)
      },
      onAlarm: (partition, group, cause) => {
        metrics.halt(group, partition)
        problem(`ALARM: ${group} of partition ${partition} stands still until somebody has looked`, cause)
      },
      onStall: (partition, group, detail) => {
        metrics.stall(group, partition)
        problem(`${group} of partition ${partition} makes no progress and is restarted`, new Error(detail))
      },
      onJoinProblem: (group, cause) => {
        metrics.restored(group, -1, cause)
        problem(`${group} is not joined to its group`, cause)
      },
    })
    // Why it ended is told by `done`.
    closers.push(["the runners", () => node.stop().catch(() => undefined)])
    const unwatch = watchLag({
      log,
      metrics,
      watched: () =>
        node.runners().map(({ group, partition, pipeline }) => {
          const stream = STAGE_STREAMS[pipeline.stages[0]!.name].input
          return { group, stream, partition, knowledge: pipeline.track.knowledge }
        }),
      onProblem: (cause) => problem("how far the runners are behind could not be told", cause),
    })
    closers.push(["the watch over lag", async () => unwatch()])
    if (options.sealing !== null) sealer = await options.sealing(log, (cause) => problem("sealing failed", cause))
    const model = (await options.readModel?.(log, metrics)) ?? null
    closers.push(["the read model", async () => model?.stop()])
    if (options.tickMs > 0) {
      const ticks = startTicks(log, {
        everyMs: options.tickMs,
        partitions: node.ticked,
        onError: (cause) => problem("a tick could not be appended", cause),
      })
      closers.push(["the ticks", () => ticks.stop()])
    }
    return {
      log,
      node,
      metrics,
      telemetry,
      sealer,
      model,
      notReady: () => node.notReady() ?? sealer?.alarm() ?? null,
      backlog: backlogOf(log, topology),
      settled: async () => {
        while ((await openWork(log, topology)) > 0)
          await new Promise((resolve) => setTimeout(resolve, POLL_MS[log.traits.engine]))
        await sealer?.settled()
      },
      close: closeAll,
    }
  } catch (cause) {
    await closeAll().catch((another) => problem("closing after a failed start", another))
    throw cause
  }
}
