/**
 * When an entry becomes `undecided`: after how many failures at one position, and which entry of the batch it is. A batch that
 * cannot be judged is judged again from the state of the last commit, since most faults pass. After `RESTORES` at one position its entries are judged one by one, each in a commit of its own; the one that
 * still fails is `undecided` from the stage on that fails at it. So a message that Assay cannot judge stops no stream.
 *
 * Where one entry after the other fails, the fault is not theirs: after `MOST_IN_A_ROW` without a decision between them none
 * is excused any more. The runner then fails as it does for any other fault, until whoever restores it halts the partition
 * (`supervise/restart-rules.ts`).
 *
 * One of these outlives the runners of a partition, as long as the process has it. Another process begins to count anew.
 */
import type { JudgingError } from "./judging-error.ts"
import type { Excused } from "./pipeline.ts"

/** At one position, before its entries are judged one by one. */
export const RESTORES = 3
export const MOST_IN_A_ROW = 16

export class Suspects {
  /** Where the last failed batch begins, and how often one failed there. */
  #at = -1
  #failures = 0
  /** Before this offset of the input entries are judged one by one. */
  #until = -1
  /** The entry that failed alone, and how it is excused; null where that did not help either. */
  #alone: { readonly at: number; readonly excused: Excused | null } | null = null
  #inARow = 0

  /** Whether the entry at `next` is to be judged alone. */
  isSuspect(next: number): boolean {
    return next < this.#until
  }

  /** How the entry at `next` is excused; null where it is not. */
  excuseFor(next: number): Excused | null {
    if (this.#alone?.at !== next || this.#inARow >= MOST_IN_A_ROW) return null
    return this.#alone.excused
  }

  /**
   * A batch from `at` up to `next` could not be judged. The next runner goes on from the last commit.
   * @param excused how its only entry was excused
   */
  failed(at: number, next: number, excused: Excused | null, { slot, message }: JudgingError): void {
    if (this.isSuspect(at)) {
      // Excused and still failing: perhaps what the stages before it made of the entry cannot be written.
      if (excused === null) this.#alone = { at, excused: { slot, detail: message } }
      else this.#alone = { at, excused: excused.slot === 0 ? null : { ...excused, slot: 0 } }
      return
    }
    this.#failures = at === this.#at ? this.#failures + 1 : 1
    this.#at = at
    if (this.#failures >= RESTORES) this.#until = next
  }

  /** A batch is committed. @param decided whether a message in it was decided */
  passed(excused: Excused | null, decided: boolean): void {
    if (excused !== null) this.#inARow++
    else if (decided) this.#inARow = 0
  }
}
