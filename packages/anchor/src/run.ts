/**
 * Anchoring: at each interval the newest checkpoints are brought into the anchor log, and its head is handed to every anchor; between
 * two intervals the anchors go on with what they have under way. Nothing of the pipeline waits for it.
 */
import type { LogSigner } from "@assay/transparency"
import type { Anchor, AnchorStatus } from "./anchor.ts"
import type { AnchorLog } from "./log/anchor-log.ts"
import { type AnchoredLog, type Collected, collect, lastHeadsOf, NO_LOGS } from "./log/collect.ts"
import { Growths } from "./log/growths.ts"
import { AnchoredSets, type CollectedSet, type Identities } from "./members/collect.ts"

export interface AnchoringOptions {
  readonly log: AnchorLog
  readonly signer: LogSigner
  readonly logs: ReadonlyArray<AnchoredLog>
  readonly anchors: ReadonlyArray<Anchor>
  /** The sets of devices and reference values, where they are anchored too. */
  readonly identities?: Identities
  /** Between two growths of the anchor log, milliseconds: at most one transaction in each. */
  readonly intervalMs: number
  readonly now?: () => number
}

type Options = AnchoringOptions & { readonly now: () => number }

export interface Round {
  /** Leaves of the anchor log. */
  readonly size: number
  /** How many it grew by. */
  readonly grew: number
  readonly anchors: ReadonlyArray<PlaceStatus>
  /** Of logs that were left out. */
  readonly problems: ReadonlyArray<string>
  /** How many logs stand how, as they were found when the log was to grow last. */
  readonly logs: Collected["logs"]
}

export interface PlaceStatus extends AnchorStatus {
  readonly name: string
  /** When the oldest leaf that does not count there came into the anchor log, milliseconds since 1970; null where all count. */
  readonly unanchoredSince: number | null
}

export class Anchoring {
  readonly #options: Options
  readonly #last: Awaited<ReturnType<typeof lastHeadsOf>>
  readonly #sets: AnchoredSets | null
  /** Anchors left to serve in this interval are asked at each round; the log grows once. */
  #grewAt = Number.NEGATIVE_INFINITY
  #problems: ReadonlyArray<string> = []
  #logs = NO_LOGS
  readonly #growths = new Growths()

  private constructor(options: Options, last: Awaited<ReturnType<typeof lastHeadsOf>>, sets: AnchoredSets | null) {
    this.#options = options
    this.#last = last
    this.#sets = sets
    const { head, grewAt } = options.log
    if (head !== null && grewAt !== null) this.#growths.add(head.size, grewAt)
  }

  /** Reads the anchor log, for what it holds of each log. @throws AnchorError `log`; MissingTileError */
  static async open(options: AnchoringOptions): Promise<Anchoring> {
    const { log, identities } = options
    const sets = identities === undefined ? null : await AnchoredSets.open(identities, log)
    return new Anchoring({ now: Date.now, ...options }, await lastHeadsOf(log), sets)
  }

  /** One round. Not two at a time. @throws what the own disk or the signer says: nothing is lost, try again */
  async round(): Promise<Round> {
    const { log, anchors } = this.#options
    const grew = await this.#grow()
    const found: Array<PlaceStatus> = []
    for (const anchor of anchors) {
      const status = await anchor.advance(log.head)
      found.push({ name: anchor.name, ...status, unanchoredSince: this.#unanchoredSince(status) })
    }
    this.#growths.forget(Math.min(...found.map(({ confirmed }) => confirmed)))
    return { size: log.head?.size ?? 0, grew, anchors: found, problems: this.#problems, logs: this.#logs }
  }

  #unanchoredSince({ confirmed, pending }: AnchorStatus): number | null {
    const { head, grewAt } = this.#options.log
    if (head === null || head.size <= confirmed) return null
    // After a reorganisation fewer count than before, and when they came is forgotten.
    const grew = this.#growths.firstOver(confirmed) ?? grewAt ?? this.#options.now()
    // What was on its way before a restart came into the log before it was begun.
    return pending === null || pending.size <= confirmed ? grew : Math.min(grew, pending.since)
  }

  async #grow(): Promise<number> {
    const { log, signer, logs, now, intervalMs } = this.#options
    const since = now() - this.#grewAt
    // A clock that was set back holds up no growth.
    if (since >= 0 && since < intervalMs) return 0
    const { entries, heads, problems, logs: found } = await collect(logs, this.#last)
    this.#logs = found
    const sets = await this.#collectSets()
    this.#problems = "problem" in sets ? [...problems, sets.problem] : problems
    const changed = "problem" in sets ? [] : sets.changed
    const all = [...entries, ...changed.map(({ entry }) => entry)]
    if (all.length > 0) {
      await log.append(all, signer)
      this.#growths.add(log.head!.size, now())
    }
    this.#grewAt = now()
    for (const head of heads) this.#last.set(head.origin, head)
    this.#sets?.anchored(changed)
    return all.length
  }

  /** States that cannot be read now hold up no checkpoint. */
  async #collectSets(): Promise<{ readonly changed: ReadonlyArray<CollectedSet> } | { readonly problem: string }> {
    if (this.#sets === null) return { changed: [] }
    try {
      return { changed: await this.#sets.collect(this.#options.signer) }
    } catch (cause) {
      return { problem: `the sets: ${cause instanceof Error ? cause.message : String(cause)}` }
    }
  }
}
