/** A thread that judges, from its plan on. */
import { type BatchDone, type RunningNode, type StageRunner, startNode } from "@assay/engine"
import { keysIn, verifierInPlace } from "@assay/jose/verify"
import { STAGE_STREAMS } from "@assay/streams"
import { deltasOf, Metrics, startTelemetry, type Telemetry } from "@assay/telemetry"
import type { Knowledge } from "@assay/trust"
import { isWorthALine, worthALine } from "../events/batch.ts"
import { allocations } from "../judging/allocation.ts"
import { describedStates, stageTimesOf } from "../judging/here.ts"
import { runnerHooks } from "../judging/hooks.ts"
import { judgedLog } from "../log/judged.ts"
import { stagesOver } from "../service.ts"
import { type Joins, joinsOver } from "./joins.ts"
import { openLogOf } from "./log.ts"
import { type FromThread, packed, type Reported, type ToThread, tellEvents } from "./messages.ts"
import { type JudgingPlan, loadServices, unplain } from "./plan.ts"
import { countTurns } from "./progress.ts"

/** Metrics are reported, and what changed without a batch is looked at. */
const TELL_MS = 1_000

type Tell = (message: FromThread) => void

/** Tells how the runners stand where that changed, and what is in force before that. */
class Telling {
  readonly #tell: Tell
  readonly #node: () => RunningNode | null
  readonly #reported = new Map<StageRunner, Knowledge>()
  #status = ""
  #isDue = false

  constructor(tell: Tell, node: () => RunningNode | null) {
    this.#tell = tell
    this.#node = node
  }

  /** At the end of this turn of the event loop. */
  readonly soon = (): void => {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.now()
    })
  }

  /** A batch was committed: seldom has it brought other knowledge into force, and nothing else of this comes of one. */
  committed(): void {
    if (
      this.#node()
        ?.runners()
        .some((runner) => this.#reported.get(runner) !== runner.pipeline.track.knowledge)
    )
      this.soon()
  }

  now(): void {
    const node = this.#node()
    if (node === null) return
    const live = node.runners()
    for (const runner of this.#reported.keys()) if (!live.includes(runner)) this.#reported.delete(runner)
    const runners = live.map((runner) => {
      const { group, partition, pipeline } = runner
      const { knowledge } = pipeline.track
      if (this.#reported.get(runner) !== knowledge) {
        this.#reported.set(runner, knowledge)
        this.#tell({ kind: "knowledge", group, partition, kept: pipeline.track.copy() })
      }
      return { group, partition, stream: inputOf(runner) }
    })
    const others = { shares: node.shares(), ticked: node.ticked(), notReady: node.notReady() }
    const text = JSON.stringify([others, runners])
    if (text === this.#status) return
    this.#status = text
    this.#tell({ kind: "status", status: { runners, ...others } })
  }
}

const inputOf = ({ pipeline }: StageRunner): string => STAGE_STREAMS[pipeline.stages[0]!.name].input

/** Without the messages themselves: they are on the log. */
const plainBatch = (done: BatchDone): BatchDone => ({
  ...done,
  decided: done.decided.map((one) => ({ ...one, message: null })),
})

/**
 * Opens the log; then does what the main thread asks for.
 * @param end called when all is closed
 * @returns takes what the main thread says
 */
export const startThread = async (
  plan: JudgingPlan,
  tell: Tell,
  end: () => void,
): Promise<(message: ToThread) => void> => {
  const { progress } = plan
  const services = await loadServices(plan.services)
  const log = await openLogOf(plan, tell)
  const { engine } = log.traits
  const prefix = unplain(plan.log).kafka?.prefix ?? ""
  const metrics = new Metrics({ engine, prefix })
  const telemetry: Telemetry | null =
    plan.telemetry === null
      ? null
      : await startTelemetry(plan.telemetry.endpoint, metrics, { service: plan.name, engine, prefix, tracesOnly: true })
  const takeDelta = deltasOf(metrics.registry)
  const joins: Joins = log.traits.shared ? joinsOver(log, tell) : { log, take: () => undefined }
  let node: RunningNode | null = null
  let committed = false
  const telling = new Telling(tell, () => node)
  const tellMetrics = (): void => {
    tell({ kind: "metrics", delta: takeDelta(), committed })
    committed = false
  }
  const allocated = allocations()
  const timers = [
    setInterval(() => {
      tellMetrics()
      telling.now()
    }, TELL_MS),
    countTurns(progress),
  ]
  const verify = verifierInPlace({
    backend: plan.verifyBackend,
    keys: keysIn(plan.keyBytes),
    onBackend: (chosen) => tell({ kind: "backend", chosen }),
  })

  const onBatch = (done: BatchDone): void => {
    metrics.batch(done)
    committed = true
    if (plan.reportsBatches) tell({ kind: "batch", done: plainBatch(done) })
    else if (isWorthALine(done)) tell({ kind: "batch", done: worthALine(done) })
    telling.committed()
  }

  let starting: Promise<void> = Promise.resolve()
  const judge = async (): Promise<void> => {
    const started = await startNode({
      log: judgedLog(joins.log, plan.clocks),
      roots: plan.roots,
      topology: plan.topology,
      stagesFor: stagesOver(services, log, async (jobs) => verify(jobs)),
      ...plan.settings,
      ...(telemetry === null ? {} : { tracer: telemetry.tracer }),
      onBatch,
      onChunk: (partition) => Atomics.add(progress, partition, 1),
      onChange: telling.soon,
      ...runnerHooks(metrics, tellEvents(tell)),
    })
    node = started
    started.done.catch((cause) => tell({ kind: "failed", error: packed(cause) }))
    telling.now()
    tell({ kind: "started" })
  }

  const stop = async (): Promise<void> => {
    await starting.catch(() => undefined)
    await node?.stop().catch(() => undefined) // why it ended was reported when it did
    telling.now()
    tellMetrics()
    tell({ kind: "stopped" })
  }

  const close = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await telemetry?.stop()
    await log.close()
    plan.writes?.close()
    end()
  }

  const failed = (cause: unknown): void => tell({ kind: "failed", error: packed(cause) })

  tell({ kind: "opened" })
  return (message) => {
    if (message.kind === "start") {
      starting = judge()
      starting.catch(failed)
    } else if (message.kind === "stop") stop().catch(failed)
    else if (message.kind === "close") close().catch(failed)
    else if (message.kind === "states") {
      const { id, did, partition } = message
      tell({ kind: "answer", id, result: node === null ? {} : describedStates(node, did, partition) })
    } else if (message.kind === "times") {
      telling.now()
      tellMetrics()
      tell({ kind: "answer", id: message.id, result: node === null ? [] : stageTimesOf(node) })
    } else if (message.kind === "allocated") tell({ kind: "answer", id: message.id, result: allocated() })
    else if (message.kind === "reported") {
      const result: Reported = (node?.runners() ?? []).map((runner) => {
        const { group, partition, next } = runner
        return { group, partition, stream: inputOf(runner), next }
      })
      tell({ kind: "answer", id: message.id, result })
    } else if (message.kind === "answer" || message.kind === "assigned") joins.take(message)
  }
}
