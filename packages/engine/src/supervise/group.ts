/** One group's share of a stream in this process: joins, and keeps a runner for each partition that is assigned. */

import { setTimeout as delay } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import { type Log, LogSetupError, type Membership, refuseLost, shownUnread } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { type Keepable, Keeper, type KeeperHooks } from "./keeper.ts"

export interface GroupOptions<R extends Keepable> {
  readonly log: Log
  readonly group: string
  /** The stream that the group reads. */
  readonly input: string
  /** See `KeeperOptions`. */
  readonly open: (partition: number, log: Log, left: NonNullable<R["state"]> | null) => Promise<R>
  readonly stopMs: number
  readonly stallMs: number
  /** A halted partition is tried again after this (default 30,000) to twice as long, where trying can help. */
  readonly haltMs?: number
  readonly hooks: (partition: number) => Omit<KeeperHooks, "onPhase">
  readonly onPhase: () => void
  /** The group could not be joined, or not be left; joining is tried again. */
  readonly onProblem: (cause: unknown) => void
}

const WAITS: Pauses = { firstMs: 50, longestMs: 5_000 }
const LEAVE_MS = 5_000
const HALT_MS = 30_000

/** Before a failed runner or join is tried again. @param attempt 1 after the first failure */
export const backoffMs = (attempt: number): number => pauseMs(WAITS, attempt)

/** At least so long, at most twice. */
const jittered = (ms: number): number => ms * (1 + Math.random())

export class GroupShare<R extends Keepable> {
  readonly keepers: ReadonlyArray<Keeper<R>>
  readonly #options: GroupOptions<R>
  readonly #stopping = new AbortController()
  readonly #membership = Promise.withResolvers<Membership>()
  #isMember = false
  #joinProblem: string | null = "joining"

  constructor(options: GroupOptions<R>) {
    this.#options = options
    const { log, group, input, stopMs, stallMs, haltMs = HALT_MS, onPhase } = options
    this.keepers = Array.from(
      { length: log.partitions },
      (_, partition) =>
        new Keeper<R>({
          log,
          open: (lease, left) => options.open(partition, lease, left),
          confirm: async () => (await this.#membership.promise).confirm(partition),
          lag: async () => (await shownUnread(log, group, { stream: input, partition })).records,
          heldBack: async () => (await log.heldBack?.({ stream: input, partition })) ?? 0,
          refuseLost: (next) => refuseLost(log, { stream: input, partition }, next),
          stopMs,
          stallMs,
          backoffMs,
          haltMs: () => jittered(haltMs),
          hooks: { ...options.hooks(partition), onPhase },
        }),
    )
  }

  /**
   * Resolves when the group was joined and the first assignment is known, or at once when stopped. While the log does not
   * answer it goes on trying. @throws LogSetupError, ConfigurationError
   */
  async join(): Promise<void> {
    const { log, group, input } = this.#options
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt++) {
      try {
        const membership = await log.join(group, input, (ours) => this.#assign(ours))
        this.#membership.resolve(membership)
        this.#isMember = true
        this.#joinProblem = null
        if (this.#stopping.signal.aborted) await this.leave()
        return
      } catch (cause) {
        if (cause instanceof LogSetupError || cause instanceof ConfigurationError) throw cause
        this.#joinProblem = `${group} could not be joined: ${(cause as Error).message}`
        this.#options.onProblem(cause)
        await delay(backoffMs(attempt), undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }

  /** What is wrong, as text; empty where everything assigned is being judged. */
  problems(): ReadonlyArray<string> {
    const { group } = this.#options
    if (this.#joinProblem !== null) return [`${group}: ${this.#joinProblem}`]
    return this.keepers.flatMap(({ problem }, partition) =>
      problem === null ? [] : [`${group} of partition ${partition}: ${problem}`],
    )
  }

  /** Ends the runners (see `settled`), so that nothing is assigned from now on. */
  stop(): void {
    this.#stopping.abort()
    for (const keeper of this.keepers) keeper.assign(false)
  }

  get name(): string {
    return this.#options.group
  }

  /** The partitions that are ours, or whose runner still has to finish. */
  get share(): ReadonlyArray<number> {
    return this.keepers.flatMap(({ phase }, partition) => (phase === "idle" ? [] : [partition]))
  }

  /** Whether no runner is left. */
  get settled(): boolean {
    return this.keepers.every(({ phase }) => phase === "idle")
  }

  /** Gives the share back; call it when `settled`. */
  async leave(): Promise<void> {
    if (!this.#isMember) return
    this.#isMember = false
    const left = this.#membership.promise.then((membership) => membership.leave()).catch(this.#options.onProblem)
    const timer = new AbortController()
    await Promise.race([left, delay(LEAVE_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined)])
    timer.abort()
  }

  #assign(ours: ReadonlySet<number>): void {
    if (this.#stopping.signal.aborted) return
    this.keepers.forEach((keeper, partition) => {
      keeper.assign(ours.has(partition))
    })
  }
}
