/** Rates that rise until the pipeline stops keeping up, each an open loop of its own on the same running deployment. */
import { type Process, type Spent, startCounting, totalOf } from "./cpu.ts"
import { findKnee, type Limits, type RateResult, type Sweep } from "./knee.ts"
import { Matcher, type Percentiles } from "./latency.ts"
import { independentArrivals, runLoad, type Send } from "./schedule.ts"
import type { Target } from "./target.ts"
import type { Workload } from "./workload.ts"

export interface LoadSettings {
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly patienceSeconds: number
  /** Set: messages come independently of each other, at times that follow from it. Left out: evenly. */
  readonly arrivals?: string
}

export const LOAD: LoadSettings = { seconds: 8, warmUpSeconds: 2, patienceSeconds: 10 }

export interface LoadOptions {
  /** Whose CPU is counted beside that of the target's processes. */
  readonly others: ReadonlyArray<Process>
  readonly progress: (line: string) => void
}

/** So many seconds' worth of messages open at once: the loop ends. */
const MAX_OPEN_SECONDS = 8

/** 0, 0.01, ... 1. */
const SHARES = Array.from({ length: 101 }, (_, nth) => nth / 100)

const atShares = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = values.toSorted((a, b) => a - b)
  return SHARES.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}

/** How long appends took, of all messages that go through it. */
const timed = (send: Send): { readonly send: Send; readonly times: ReadonlyArray<number> } => {
  const times: Array<number> = []
  return {
    send: async (messages) => {
      const from = performance.now()
      const places = await send(messages)
      const ms = performance.now() - from
      for (let nth = 0; nth < messages.length; nth++) times.push(ms)
      return places
    },
    times,
  }
}

export class LoadGenerator {
  readonly #target: Target
  readonly #workload: Workload
  readonly #settings: LoadSettings
  readonly #others: ReadonlyArray<Process>
  readonly #matcher = new Matcher()
  readonly #progress: (line: string) => void

  private constructor(target: Target, workload: Workload, settings: LoadSettings, options: LoadOptions) {
    this.#target = target
    this.#workload = workload
    this.#settings = settings
    this.#others = options.others
    this.#progress = options.progress
  }

  /** Watches the target's decisions from now on; once for each target. */
  static async on(
    target: Target,
    workload: Workload,
    settings: LoadSettings,
    options: LoadOptions,
  ): Promise<LoadGenerator> {
    const generator = new LoadGenerator(target, workload, settings, options)
    await target.watch((partition, offset, now) => generator.#matcher.decided(partition, offset, now))
    return generator
  }

  /** Loads the target with one rate; whatever piled up is decided before this returns. */
  async rate(rate: number, seconds = this.#settings.seconds): Promise<RateResult> {
    const { warmUpSeconds, patienceSeconds, arrivals } = this.#settings
    const messages = this.#workload.next(Math.round(rate * (warmUpSeconds + seconds)))
    const counted = startCounting([...this.#target.processes, ...this.#others])
    const started = performance.now()
    const appends = timed(this.#target.send)
    this.#target.batches?.()
    const { step, decidedPerSecond, backlog, late, finished } = await runLoad(messages, {
      send: appends.send,
      matcher: this.#matcher,
      rate,
      ...(arrivals === undefined ? {} : { due: independentArrivals(messages.length, `${arrivals} ${rate}`) }),
      warmUpSeconds,
      patienceSeconds,
      maxOpen: Math.max(10_000, rate * MAX_OPEN_SECONDS),
    })
    const waits = this.#target.batches?.()
    const elapsedUs = (performance.now() - started) * 1_000
    const spent = Object.entries(counted()).map(([name, us]) => [name, us === null ? null : us / elapsedUs])
    const cores = Object.fromEntries(spent) as Spent
    await this.#target.settled()
    const found: Percentiles = step.percentiles()
    this.#progress(
      `  ${Math.round(rate)}/s: p50 ${found.p50.toFixed(1)} ms, p99 ${found.p99.toFixed(1)} ms, backlog ${backlog.end}, ${totalOf(cores).toFixed(2)} cores busy`,
    )
    return {
      ...found,
      mean: step.mean,
      worst: step.worst.map((ms) => Math.round(ms)),
      append: atShares(appends.times),
      late: atShares(late),
      ...(waits === undefined ? {} : { waits }),
      offered: rate,
      decided: decidedPerSecond,
      backlogMiddle: backlog.middle,
      backlogEnd: backlog.end,
      finished,
      cores,
    }
  }

  sweep(rates: ReadonlyArray<number>, refinements: number, limits: Limits): Promise<Sweep> {
    const { seconds } = this.#settings
    return findKnee({ rates, refinements, seconds, limits, measure: (rate) => this.rate(rate) })
  }
}

/** From a tenth of what a drain showed to above it: a node that is sent to while it works does less than that. */
export const ratesFrom = (perSecond: number): ReadonlyArray<number> =>
  [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1, 1.15].map((share) => Math.max(1, Math.round(share * perSecond)))
