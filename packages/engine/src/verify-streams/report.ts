/** What the check of a stream against the audit events found. */

/**
 * - `record-altered`: the record is not the one that the decision was written with
 * - `record-missing`: a decision's record is not there; `record-inserted`: no decision calls for it
 * - `record-doubled`: it stands there twice; `record-moved`: it stands at another place
 * - `decision-unfounded`: a later decision stands where no accepted command does
 * - `batch-altered`: records that were kept together do not make the root that the audit event of their batch holds. It keeps
 *   one root for all of them, so which one was changed is not known
 */
export type StreamFindingKind =
  | "record-altered"
  | "record-missing"
  | "record-inserted"
  | "record-doubled"
  | "record-moved"
  | "decision-unfounded"
  | "batch-altered"

export interface StreamFinding {
  readonly kind: StreamFindingKind
  readonly stream: string
  readonly partition: number
  /** Of the record; null where it is missing. */
  readonly offset: number | null
  /** One sentence for people. */
  readonly text: string
}

export interface StreamReport {
  readonly stream: string
  readonly partition: number
  /** Records that are what their decision says, by an event that the log vouches for. */
  readonly compared: number
  /** Records that are what their decision says, by an event that is not sealed yet: nothing vouches for either. */
  readonly unsealed: number
  /** Records that are there and cannot be compared: retention took the others of their batch, and the log keeps one root for all. */
  readonly unchecked: number
  /** Records that are gone at the head of the stream, as retention takes them; no finding. */
  readonly expired: number
  /** Log time of the newest of them, milliseconds since 1970; null where none is. */
  readonly expiredUntil: number | null
  /** At most `MAX_FINDINGS`. */
  readonly findings: ReadonlyArray<StreamFinding>
  readonly found: number
}

const MAX_FINDINGS = 100

/** Gathers one report, bounded. */
export class StreamFindings {
  readonly #at: { readonly stream: string; readonly partition: number }
  readonly #findings: Array<StreamFinding> = []
  #found = 0
  #expired = 0
  #expiredUntil: number | null = null
  compared = 0
  unsealed = 0
  unchecked = 0

  constructor(stream: string, partition: number) {
    this.#at = { stream, partition }
  }

  add(kind: StreamFindingKind, offset: number | null, text: string): void {
    this.#found += 1
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ kind, ...this.#at, offset, text })
  }

  /** Records that are what their event says. @param isSealed whether the log vouches for the event */
  agree(isSealed: boolean, count = 1): void {
    if (isSealed) this.compared += count
    else this.unsealed += count
  }

  /** @param time of the decision, by the log */
  expire(time: number, count = 1): void {
    this.#expired += count
    this.#expiredUntil = Math.max(this.#expiredUntil ?? 0, time)
  }

  report(): StreamReport {
    return {
      ...this.#at,
      compared: this.compared,
      unsealed: this.unsealed,
      unchecked: this.unchecked,
      expired: this.#expired,
      expiredUntil: this.#expiredUntil,
      findings: this.#findings,
      found: this.#found,
    }
  }
}
