/**
 * Follows one log and the witnesses of a policy: each new head must continue the last one, and each witness must have cosigned
 * the same history. What it verified last is kept, so that a log which shows an older copy after a restart is found too.
 *
 * - `fork`: the log's key signed two histories; evidence is kept, which anybody can check
 * - `rollback`: the log shows fewer leaves than it has shown before
 * - `withheld`: a witness cosigned more leaves than the log shows here, in two rounds
 * - `stall`: no checkpoint that a quorum of witnesses cosigned is young enough
 * - `unproven`: tiles are missing, or do not make the signed root
 * - `unsigned`: what is shown is not signed by the log's key
 * - `unreachable`: the log could not be read for too long
 * - `chain`: what a contract holds of an anchor log is not what is shown; raised by whoever watches the chain beside it
 */
import {
  type CosignedHead,
  cosignaturesOn,
  type Fork,
  formatFork,
  NoteError,
  openCheckpoint,
  openCosigned,
  type Policy,
  type PolicyWitness,
  type VerifierKey,
} from "@assay/transparency"
import { below, CallError, call } from "../client/http.ts"
import { logId, type WitnessStates } from "../server/states.ts"
import { compareHeads, type SignedHead } from "./compare.ts"
import type { LogSource } from "./source.ts"

export type AlarmKind = "fork" | "rollback" | "withheld" | "stall" | "unproven" | "unsigned" | "unreachable" | "chain"

export interface Alarm {
  readonly kind: AlarmKind
  readonly text: string
}

/** What one witness shows of the log. */
export interface WitnessView {
  readonly name: string
  /** Leaves that it cosigned last; null where it could not be asked, or has cosigned none. */
  readonly size: number | null
  /** When, by its own clock, milliseconds since 1970. */
  readonly time: number | null
  /** What keeps it from agreeing; null: nothing. */
  readonly problem: string | null
}

export interface View {
  readonly log: string
  /** The newest head that was verified to continue all before it; null before the first. */
  readonly size: number | null
  readonly root: string | null
  /** The last common checkpoint: log and a quorum of witnesses agree on it. */
  readonly common: { readonly size: number; readonly time: number | null; readonly by: ReadonlyArray<string> } | null
  readonly witnesses: ReadonlyArray<WitnessView>
  /** Where a chain is watched too: leaves that the contract holds; null where it could not be asked. */
  readonly chain?: { readonly contract: string; readonly size: number | null }
  readonly alarms: ReadonlyArray<Alarm>
}

export interface FollowOptions {
  readonly log: VerifierKey
  readonly source: LogSource
  readonly policy: Policy
  readonly states: WitnessStates
  readonly timeoutMs: number
  /** A cosigned head older than this is a stall, a log not read for so long is unreachable. */
  readonly stallMs: number
  readonly now?: () => number
}

const MAX_NOTE = 64 << 10

export class Follower {
  readonly #options: Required<FollowOptions>
  #last: SignedHead | null = null
  #isRestored = false
  /** When the log was last read, or following began. */
  #readAt: number
  /** Witnesses that were ahead of the log in the round before. */
  #ahead = new Set<string>()
  /** A fork stays one. */
  readonly #forks = new Set<string>()

  constructor(options: FollowOptions) {
    this.#options = { now: Date.now, ...options }
    this.#readAt = this.#options.now()
  }

  /** One round. @throws what the monitor's own disk says */
  async look(): Promise<View> {
    const { log, states } = this.#options
    if (!this.#isRestored) {
      const note = await states.read(log.name)
      if (note !== null) this.#last = { note, head: openCheckpoint(note, log) }
      this.#isRestored = true
    }
    const alarms: Array<Alarm> = []
    let common: CosignedHead | null = null
    try {
      await this.#followLog(alarms)
      common = await this.#common(alarms)
      this.#readAt = this.#options.now()
    } catch (cause) {
      this.#note(cause, alarms)
    }
    const witnesses = await this.#witnesses(alarms)
    for (const text of this.#forks) alarms.push({ kind: "fork", text })
    const head = this.#last?.head ?? null
    return {
      log: log.name,
      size: head?.size ?? null,
      root: head === null ? null : Buffer.from(head.root).toString("base64"),
      common:
        common === null
          ? null
          : { size: common.head.size, time: timeOf(common), by: common.cosigned.map(({ name }) => name) },
      witnesses,
      alarms,
    }
  }

  #note(cause: unknown, alarms: Array<Alarm>): void {
    if (cause instanceof NoteError) {
      alarms.push({ kind: "unsigned", text: cause.message })
      return
    }
    if (!(cause instanceof CallError)) throw cause
    const { now, stallMs } = this.#options
    if (now() - this.#readAt > stallMs) alarms.push({ kind: "unreachable", text: cause.message })
  }

  async #fork(fork: Fork, who: string): Promise<void> {
    const evidence = formatFork(fork)
    await this.#options.states.keepFork(evidence)
    if (this.#forks.size < 20)
      this.#forks.add(`the log's key signed two histories (${who}); the evidence is kept below forks/`)
  }

  /** Takes the published head as the newest where it continues the last one. */
  async #followLog(alarms: Array<Alarm>): Promise<void> {
    const { source, log, states } = this.#options
    const note = await source.published()
    if (note === null) {
      if (this.#last !== null)
        alarms.push({ kind: "rollback", text: `the log shows no checkpoint, and had ${this.#last.head.size} leaves` })
      return
    }
    const shown: SignedHead = { note, head: openCheckpoint(note, log) }
    const last = this.#last
    if (last !== null && shown.head.size < last.head.size) {
      alarms.push({
        kind: "rollback",
        text: `the log shows ${shown.head.size} leaves, and had ${last.head.size} before`,
      })
      return
    }
    if (last !== null) {
      const found = await compareHeads(last, shown, source.tiles)
      if (found.kind === "fork") await this.#fork(found.fork, "what it showed before, and what it shows now")
      if (found.kind === "unproven") alarms.push({ kind: "unproven", text: found.text })
      if (found.kind !== "consistent") return
    }
    if (last?.head.size !== shown.head.size) await states.write(log.name, note)
    this.#last = shown
  }

  /** The newest head that a quorum of witnesses cosigned, if it is of the tree that the log shows. */
  async #common(alarms: Array<Alarm>): Promise<CosignedHead | null> {
    const { source, log, policy, now, stallMs } = this.#options
    const note = (await source.cosigned()) ?? (await source.published())
    if (note === null || this.#last === null) return null
    let cosigned: CosignedHead
    try {
      cosigned = openCosigned(note, log, policy)
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      alarms.push({ kind: "stall", text: cause.message })
      return null
    }
    const isOfThisTree = await this.#agrees(
      { note, head: cosigned.head },
      "what witnesses cosigned, and what it shows now",
      alarms,
    )
    const time = timeOf(cosigned)
    if (time !== null && now() - time > stallMs)
      alarms.push({
        kind: "stall",
        text: `the newest cosignatures are of ${new Date(time).toISOString()}, more than ${Math.round(stallMs / 1000)} s ago`,
      })
    return isOfThisTree ? cosigned : null
  }

  /** Compares a head of at most as many leaves with the newest one. */
  async #agrees(other: SignedHead, who: string, alarms: Array<Alarm>): Promise<boolean> {
    const last = this.#last
    if (last === null || other.head.size > last.head.size) return false
    const found = await compareHeads(other, last, this.#options.source.tiles)
    if (found.kind === "fork") await this.#fork(found.fork, who)
    if (found.kind === "unproven") alarms.push({ kind: "unproven", text: found.text })
    return found.kind === "consistent"
  }

  async #witnesses(alarms: Array<Alarm>): Promise<ReadonlyArray<WitnessView>> {
    const ahead = new Set<string>()
    const views: Array<WitnessView> = []
    for (const witness of this.#options.policy.witnesses) views.push(await this.#witness(witness, ahead, alarms))
    this.#ahead = ahead
    return views
  }

  async #witness(witness: PolicyWitness, ahead: Set<string>, alarms: Array<Alarm>): Promise<WitnessView> {
    const { name, url } = witness
    const unknown = (problem: string): WitnessView => ({ name, size: null, time: null, problem })
    if (url === null) return unknown("the policy has no URL of it")
    const { log, timeoutMs } = this.#options
    try {
      const answer = await call(below(url, `logs/${logId(log.name)}/checkpoint`), { timeoutMs, maxBytes: MAX_NOTE })
      if (answer.status !== 200) return unknown(`it shows no checkpoint of the log (${answer.status})`)
      const note = Buffer.from(answer.body).toString("utf8")
      const { head, cosigned } = cosignaturesOn(note, log, this.#options.policy)
      const own = cosigned.find((line) => line.name === name)
      if (own === undefined) return unknown("what it shows does not bear its own cosignature")
      const seen: WitnessView = { name, size: head.size, time: own.time, problem: null }
      const size = this.#last?.head.size ?? 0
      if (head.size > size) {
        ahead.add(name)
        const text = `witness ${name} cosigned ${head.size} leaves, and the log shows ${size} here`
        // In the first round the log may have grown between the two calls.
        if (this.#ahead.has(name)) alarms.push({ kind: "withheld", text })
        return { ...seen, problem: text }
      }
      const agrees = await this.#agrees({ note, head }, `witness ${name}, and what the log shows here`, alarms)
      return agrees ? seen : { ...seen, problem: "it cosigned another history, or nothing shows which" }
    } catch (cause) {
      if (cause instanceof CallError || cause instanceof NoteError) return unknown(cause.message)
      throw cause
    }
  }
}

/** Of the oldest cosignature that the quorum may need: a head is as fresh as its slowest witness says. */
const timeOf = ({ cosigned }: CosignedHead): number | null =>
  cosigned.length === 0 ? null : Math.min(...cosigned.map(({ time }) => time))
