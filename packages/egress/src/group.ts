/** The loops of one export in its consumer group: what decisions to a sink and rows of readings have alike while they run. */
import { type GroupMetrics, type GroupOptions, joinGroup, type Problem } from "@assay/consumer"

const PAUSES = { firstMs: 200, longestMs: 10_000 }
const IDLE_MS = 5_000
const STALL_MS = 60_000
const CHECK_MS = 1_000
/** The same problem is not reported again within this time. */
export const REPEAT_MS = 60_000

/** How its loops are doing, whatever they export. */
export interface GroupProgress {
  /** Steps that failed and were repeated. */
  readonly failures: number
  /** 0 while a step fails or a stream has halted. */
  readonly up: 0 | 1
  /** At most so many records wait. */
  readonly lagRecords: number
  /** Age of the oldest record that waits, milliseconds. */
  readonly lagMs: number
}

export interface ExportGroupOptions extends Pick<GroupOptions, "log" | "group" | "stream" | "sourcesOf" | "gather"> {
  /** How often lag is measured (default 1,000). */
  readonly checkMs?: number | undefined
  /** Between two tries of a step that failed (default 200 to 10,000, growing). */
  readonly pauses?: GroupOptions["pauses"] | undefined
  /** What is said of a step that failed. @param where the stream's partition, for people */
  readonly failed: (where: string, halted: boolean) => string
  readonly report: (what: string, cause: unknown) => void
  readonly onChecked: (now: GroupProgress) => void
}

export interface RunningExport {
  progress(): GroupProgress
  /** Resolves when all that stands now is exported. Rejects with what halted a stream (LostRecordsError). */
  settled(): Promise<void>
  /** Rejects when a stream has halted (LostRecordsError); pending else. */
  readonly halted: Promise<never>
  /** Finishes the batches in hand. */
  stop(): Promise<void>
}

const progressOf = ({ failures, failing, halted, lagRecords, lagMs }: GroupMetrics): GroupProgress => ({
  failures,
  up: failing || halted.length > 0 ? 0 : 1,
  lagRecords,
  lagMs,
})

/** Joins and begins. @throws what the log says at joining: it is not joined then */
export const startGroup = async (options: ExportGroupOptions): Promise<RunningExport> => {
  const { failed, report, onChecked, checkMs = CHECK_MS, pauses = PAUSES, ...group } = options
  const halt = Promise.withResolvers<never>()
  halt.promise.catch(() => undefined) // whoever awaits it hears of it; before that it must not count as unhandled
  const onProblem = ({ what, at, cause, halted }: Problem): void => {
    if (halted) halt.reject(cause)
    const where = `partition ${at.partition} of ${at.stream}`
    if (what === "lag") report(`it is unknown how far ${where} is behind`, cause)
    else if (what === "stall") report(`${where} makes no progress`, cause)
    else report(failed(where, halted), cause)
  }
  const running = await joinGroup({
    ...group,
    idleMs: IDLE_MS,
    pauses,
    atStop: "step",
    stallMs: STALL_MS,
    checkMs,
    onProblem,
    onChecked: (now) => onChecked(progressOf(now)),
  })
  return {
    progress: () => progressOf(running.metrics()),
    settled: running.settled,
    halted: halt.promise,
    stop: running.stop,
  }
}
