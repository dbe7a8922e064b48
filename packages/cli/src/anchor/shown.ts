/** What a running `assay anchor run` shows of itself: whether it does its work, and the numbers behind its metrics. */
import { NO_LOGS, type PlaceStatus, type Round } from "@assay/anchor"
import type { AnchoringState } from "@assay/telemetry"

export interface ShownOptions {
  readonly intervalMs: number
  /** Cosignatures asked and had; null where no witness is asked. */
  readonly cosignatures: () => AnchoringState["cosignatures"]
  readonly now?: () => number
}

export class ShownAnchoring {
  readonly #options: Required<ShownOptions>
  #round: Round | null = null
  #failure: string | null = null
  #failures = 0

  constructor(options: ShownOptions) {
    this.#options = { now: Date.now, ...options }
  }

  done(round: Round): void {
    this.#round = round
    this.#failure = null
  }

  /** A round failed at the own disk, or at the signer. */
  failed(cause: unknown): void {
    this.#failures += 1
    this.#failure = `the last round failed: ${cause instanceof Error ? cause.message : String(cause)}`
  }

  /** Why nothing is anchored now, or null. A log that is left out is an alarm, and holds up no other. */
  notReady(): string | null {
    if (this.#failure !== null) return this.#failure
    if (this.#round === null) return "the first round is not over"
    const problems = this.#round.anchors.flatMap(({ name, problem }) =>
      problem === null ? [] : [`${name}: ${problem.text}`],
    )
    return problems.length === 0 ? null : problems.join("; ")
  }

  /** As of now: ages grow between two rounds. */
  state(): AnchoringState {
    const { intervalMs, cosignatures } = this.#options
    return {
      leaves: this.#round?.size ?? 0,
      intervalMs,
      logs: this.#round?.logs ?? NO_LOGS,
      roundFailures: this.#failures,
      cosignatures: cosignatures(),
      places: (this.#round?.anchors ?? []).map((place) => this.#placeOf(place)),
    }
  }

  #age(since: number | null): number {
    return since === null ? 0 : Math.max(0, this.#options.now() - since)
  }

  #placeOf(place: PlaceStatus): AnchoringState["places"][number] {
    const { name, confirmed, confirmedAt, problem, unanchoredSince, transactions } = place
    return {
      anchor: name,
      up: problem === null ? 1 : 0,
      refused: problem?.refused === true ? 1 : 0,
      confirmedLeaves: confirmed,
      confirmedAt,
      unanchoredMs: this.#age(unanchoredSince),
      transactions: transactions === null ? null : { ...transactions, unminedMs: this.#age(transactions.unminedSince) },
    }
  }
}
