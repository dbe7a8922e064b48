/** Keeps the runner of one partition as `restart-rules.ts` says: opens, stops, abandons, confirms, waits. */
import { type Log, LostRecordsError, UnavailableError } from "@assay/log"
import { RESTORES } from "../runner/undecided-after-restores.ts"
import { faultOf } from "./failure-kind.ts"
import { type Lease, leaseOf } from "./lease.ts"
import { type Action, type Event, IDLE, type Phase, type Slot, step } from "./restart-rules.ts"
import { StallWatch } from "./stall.ts"

/** What is kept: a StageRunner, or what a test puts in its place. */
export interface Keepable<State = unknown> {
  readonly next: number
  /** What it has in memory. Once `run` has rejected, the next one may go on from it. */
  readonly state?: State
  run(signal: AbortSignal): Promise<void>
}

type StateOf<R extends Keepable> = NonNullable<R["state"]>

export interface KeeperHooks {
  /** A runner failed; it will be opened again where and when that is right. */
  readonly onRestore: (cause: unknown) => void
  /** The partition stands still until a person has looked: records are gone, or it cannot be judged whatever is tried. */
  readonly onAlarm: (cause: unknown) => void
  readonly onStall: (detail: string) => void
  /** Nothing helps but a person: the process must end. */
  readonly onFail: (cause: unknown) => void
  /** The phase changed. */
  readonly onPhase: () => void
}

export interface KeeperOptions<R extends Keepable> {
  readonly log: Log
  /**
   * Takes the partition and restores its state, through this log only. Called for every (re)start.
   * @param left what a runner that failed just before had in memory, whom nobody else has followed as far as is known here: the log
   *   says whether it may be gone on from. Where `open` rejects, the next one may get it again
   */
  readonly open: (log: Log, left: StateOf<R> | null) => Promise<R>
  /** Whether the partition is this process's share. */
  readonly confirm: () => Promise<boolean>
  readonly lag: () => Promise<number>
  readonly heldBack?: () => Promise<number>
  /** @throws LostRecordsError where the stream ends before `next` */
  readonly refuseLost?: (next: number) => Promise<void>
  /** How long a runner has to finish the batch in hand. */
  readonly stopMs: number
  readonly stallMs: number
  /** Milliseconds before attempt N in a row. */
  readonly backoffMs: (attempt: number) => number
  /** Milliseconds before a halted partition is tried again. */
  readonly haltMs: () => number
  readonly hooks: KeeperHooks
}

interface Current<R> {
  readonly lease: Lease
  readonly stopping: AbortController
  readonly watch: StallWatch
  runner: R | null
}

/**
 * After so many failures in a row, without a commit between them, the state is read from the log: perhaps what is in memory is at
 * fault. One more than the failures after which entries are judged one by one.
 */
const MAX_FROM_MEMORY = RESTORES + 1

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export class Keeper<R extends Keepable> {
  readonly #options: KeeperOptions<R>
  #slot: Slot
  #current: Current<R> | null = null
  /** What the last runner left, while the next one is waited for; null where it is not to be gone on from. */
  #left: StateOf<R> | null = null
  #cause: unknown = null
  #timer: NodeJS.Timeout | undefined
  /** Whether a runner was abandoned: what it had in hand may still have come to be. */
  #orphaned = false
  /** What the last check found that is for people to put right, or why it found nothing out; else null. */
  #hindered: string | null = null

  constructor(options: KeeperOptions<R>) {
    this.#options = options
    this.#slot = { ...IDLE, shared: options.log.traits.shared }
  }

  get phase(): Phase {
    return this.#slot.phase
  }

  /** The runner that judges now, or null. */
  get runner(): R | null {
    return this.#slot.phase === "judging" || this.#slot.phase === "stopping" ? (this.#current?.runner ?? null) : null
  }

  /** Why the share is not being judged as it should, as text; null where all is well or it is not ours. */
  get problem(): string | null {
    const { phase, wanted, reason } = this.#slot
    if (!wanted) return null
    if (phase === "judging") return reason ?? this.#hindered
    if (phase === "stopping") return "the runner of an earlier assignment has to finish first"
    if (phase === "confirming") return `asking whether it is still ours: ${reason}`
    if (phase === "waiting") return `will be tried again: ${reason}`
    if (phase === "halted") return `halted: ${reason}`
    return reason === null ? "restoring its state" : `restoring its state after: ${reason}`
  }

  /** The latest assignment wins, however fast they come. */
  assign(ours: boolean): void {
    this.#dispatch({ kind: ours ? "assigned" : "released" })
  }

  /** Looks whether the runner makes progress; to be called a few times in each `stallMs`. Never rejects. */
  async check(now: number): Promise<void> {
    const { turn, phase } = this.#slot
    const current = this.#current
    if (current === null || (phase !== "opening" && phase !== "judging")) return
    const next = phase === "judging" ? (current.runner?.next ?? null) : null
    try {
      const { lag, heldBack, refuseLost } = this.#options
      const asked = {
        ...(heldBack === undefined ? {} : { heldBack }),
        ...(refuseLost === undefined ? {} : { refuseLost }),
      }
      const { lease, watch } = current
      const found = await watch.check(
        { next, activeAt: lease.activeAt(), isAsking: lease.isAsking(), lag, ...asked },
        now,
      )
      this.#hindered = found.hindered
      if (found.well) this.#dispatch({ kind: "progressed", turn })
      if (found.stalled === null) return
      if (this.#slot.turn !== turn) return
      this.#stalled(turn, found.stalled, found.unanswered)
    } catch (cause) {
      if (cause instanceof LostRecordsError) {
        if (this.#slot.turn === turn) this.#cause = cause
        this.#dispatch({ kind: "lost", turn, reason: describe(cause) })
        return
      }
      this.#hindered = `its lag is unknown: ${describe(cause)}`
    }
  }

  /** Servers that do not answer are an outage, however soon this looks: a stall is what a runner does while they do. */
  #stalled(turn: number, detail: string, unanswered: boolean): void {
    const { hooks, log } = this.#options
    if (unanswered && log.traits.shared) {
      hooks.onRestore(new UnavailableError(detail))
      this.#dispatch({ kind: "stalled", turn, reason: `restarted: ${detail}` })
    } else {
      hooks.onStall(detail)
      this.#dispatch({ kind: "stalled", turn, reason: `stalled and restarted: ${detail}` })
    }
  }

  #dispatch(event: Event): void {
    const before = this.#slot
    const { slot, actions } = step(before, event)
    this.#slot = slot
    // Taken over, given away, asked to stop, halted: others may judge meanwhile, or a person must look, and its memory is needed.
    if (slot.phase !== "waiting" && slot.phase !== "opening") this.#left = null
    if (slot.turn !== before.turn) clearTimeout(this.#timer)
    for (const action of actions) this.#perform(action)
    if (slot.phase !== before.phase || slot.turn !== before.turn) this.#options.hooks.onPhase()
  }

  #perform(action: Action): void {
    const { turn } = this.#slot
    switch (action.do) {
      case "open":
        void this.#open(turn)
        return
      case "stop":
        // State that is still being restored has nothing in hand to finish.
        if (this.#current?.runner === null) this.#current.lease.revoke()
        this.#current?.stopping.abort()
        this.#after(this.#options.stopMs, { kind: "overdue", turn })
        return
      case "abandon":
        this.#current?.stopping.abort()
        this.#current?.lease.revoke()
        this.#current = null
        this.#orphaned = true
        return
      case "confirm":
        this.#options.confirm().then(
          (ours) => this.#dispatch({ kind: "confirmed", turn, ours }),
          (cause) => this.#dispatch({ kind: "unconfirmed", turn, reason: describe(cause) }),
        )
        return
      case "wait":
        this.#after(this.#options.backoffMs(action.attempt), { kind: "due", turn })
        return
      case "rest":
        this.#after(this.#options.haltMs(), { kind: "due", turn })
        return
      case "alarm":
        this.#options.hooks.onAlarm(this.#cause)
        return
      case "fail":
        this.#options.hooks.onFail(this.#cause)
        return
    }
  }

  #after(ms: number, event: Event): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#dispatch(event), ms)
  }

  async #open(turn: number): Promise<void> {
    const { log, open, hooks, stallMs } = this.#options
    const lease = leaseOf(log)
    const current: Current<R> = { lease, stopping: new AbortController(), watch: new StallWatch(stallMs), runner: null }
    this.#current = current
    const orphaned = this.#orphaned
    // From here on it is this opening's alone: where that is abandoned, nobody else may touch it.
    const left = this.#left
    this.#left = null
    let from = 0
    try {
      const runner = await open(lease.log, left)
      // Stopped or abandoned while it was restored: nothing of it may run.
      if (this.#slot.turn === turn && this.#slot.phase === "opening") {
        current.runner = runner
        from = runner.next
        this.#dispatch({ kind: "opened", turn })
        await runner.run(current.stopping.signal)
      }
      this.#end(current)
      this.#dispatch({ kind: "ended", turn, fault: null, reason: "the runner ended without a request to stop" })
    } catch (cause) {
      this.#end(current)
      if (this.#slot.turn !== turn) return // abandoned: another runner has the partition
      // Failures count in a row: a runner that got further starts anew.
      if (current.runner !== null && current.runner.next > from) this.#dispatch({ kind: "progressed", turn })
      const fault = faultOf(cause, log, orphaned)
      this.#cause = cause
      // Given away, though it may be ours again by now.
      const isStopping = this.#slot.phase === "stopping"
      // Dropped at once where anything but a wait and the next opening follows; a second takeover is followed by a wait as well.
      if (!isStopping && fault !== "taken-over" && this.#slot.failures < MAX_FROM_MEMORY)
        this.#left = current.runner === null ? left : (current.runner.state ?? null)
      if (!isStopping && fault !== "lost" && fault !== "moved" && fault !== "ahead") hooks.onRestore(cause)
      this.#dispatch({ kind: "ended", turn, fault, reason: describe(cause) })
    }
  }

  /** Whatever it had in memory is nobody's, unless it is left to the next one. */
  #end(current: Current<R>): void {
    current.lease.revoke()
    if (this.#current === current) this.#current = null
  }
}
