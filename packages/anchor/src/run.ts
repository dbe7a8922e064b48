/**
 * Anchoring: at each interval the newest checkpoints are brought into the anchor log, and its head is handed to every anchor; between
 * two intervals the anchors go on with what they have under way. Nothing of the pipeline waits for it.
 */
import type { LogSigner } from "@assay/transparency"
import type { Anchor, AnchorStatus } from "./anchor.ts"
import type { AnchorLog } from "./log/anchor-log.ts"
import { type AnchoredLog, collect, lastHeadsOf } from "./log/collect.ts"
import { type CollectedSet, collectSets, type Identities, type SetRoots, setRootsOf } from "./members/collect.ts"

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
  readonly anchors: ReadonlyArray<AnchorStatus & { readonly name: string }>
  /** Of logs that were left out. */
  readonly problems: ReadonlyArray<string>
}

export class Anchoring {
  readonly #options: Options
  readonly #last: Awaited<ReturnType<typeof lastHeadsOf>>
  readonly #sets: SetRoots
  /** Anchors left to serve in this interval are asked at each round; the log grows once. */
  #grewAt = Number.NEGATIVE_INFINITY
  #problems: ReadonlyArray<string> = []

  private constructor(options: Options, last: Awaited<ReturnType<typeof lastHeadsOf>>, sets: SetRoots) {
    this.#options = options
    this.#last = last
    this.#sets = sets
  }

  /** Reads the anchor log, for what it holds of each log. @throws MissingTileError */
  static async open(options: AnchoringOptions): Promise<Anchoring> {
    const { log } = options
    return new Anchoring({ now: Date.now, ...options }, await lastHeadsOf(log), await setRootsOf(log))
  }

  /** One round. Not two at a time. @throws what the own disk or the signer says: nothing is lost, try again */
  async round(): Promise<Round> {
    const { log, anchors } = this.#options
    const grew = await this.#grow()
    const found: Array<AnchorStatus & { readonly name: string }> = []
    for (const anchor of anchors) found.push({ name: anchor.name, ...(await anchor.advance(log.head)) })
    return { size: log.head?.size ?? 0, grew, anchors: found, problems: this.#problems }
  }

  async #grow(): Promise<number> {
    const { log, signer, logs, now, intervalMs } = this.#options
    if (now() - this.#grewAt < intervalMs) return 0
    const { entries, heads, problems } = await collect(logs, this.#last)
    const sets = await this.#collectSets()
    this.#problems = "problem" in sets ? [...problems, sets.problem] : problems
    const changed = "problem" in sets ? [] : sets.changed
    const all = [...entries, ...changed.map(({ entry }) => entry)]
    if (all.length > 0) await log.append(all, signer)
    this.#grewAt = now()
    for (const head of heads) this.#last.set(head.origin, head)
    for (const { set, root } of changed) this.#sets.set(set, [...(this.#sets.get(set) ?? []), root])
    return all.length
  }

  /** States that cannot be read now hold up no checkpoint. */
  async #collectSets(): Promise<{ readonly changed: ReadonlyArray<CollectedSet> } | { readonly problem: string }> {
    const { log, signer, identities } = this.#options
    if (identities === undefined) return { changed: [] }
    try {
      return { changed: await collectSets(identities, log, signer, this.#sets) }
    } catch (cause) {
      return { problem: `the sets: ${cause instanceof Error ? cause.message : String(cause)}` }
    }
  }
}
