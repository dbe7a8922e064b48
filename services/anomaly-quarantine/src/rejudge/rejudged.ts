/**
 * Which messages were judged again and issued: so that none is twice, whatever is signed. A row of its own for each 32 places
 * of the partition, which no device can make.
 */
import type { Origin } from "@assay/trust"
import { type AnomalyDraft, type AnomalyState, heldOf, hold, LAYOUT, MAX_HELD, ownRow, type States } from "../state.ts"

const rowOf = ({ epoch, offset }: Origin): string => `rejudged/${epoch}/${Math.floor(offset / MAX_HELD)}`

const holds = (state: Pick<AnomalyState, "held" | "overflow">, { offset }: Origin): boolean =>
  heldOf(state).origins.some((origin) => origin.offset === offset)

/** What one command adds. */
export class Rejudged {
  readonly #states: States
  readonly #time: number
  readonly #drafts = new Map<string, AnomalyDraft>()

  constructor(states: States, time: number) {
    this.#states = states
    this.#time = time
  }

  has(origin: Origin): boolean {
    const row = rowOf(origin)
    const known = this.#drafts.get(row) ?? this.#states.get(row)
    return known !== undefined && holds(known, origin)
  }

  add(origin: Origin): void {
    const row = rowOf(origin)
    let draft = this.#drafts.get(row)
    if (draft === undefined) {
      draft = ownRow(this.#states.get(row), this.#time)
      this.#drafts.set(row, draft)
    }
    hold(draft, origin)
  }

  /** The rows that changed. */
  rows(): ReadonlyArray<readonly [key: string, state: AnomalyState]> {
    return [...this.#drafts].map(([row, draft]) => [row, LAYOUT.seal(draft)])
  }
}
