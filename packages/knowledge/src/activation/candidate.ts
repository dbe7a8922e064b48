/**
 * A track under which some items are others than those that came into force: what would have been, had they been in force
 * all along. Nothing is activated by it, and no signature is asked for: it judges nothing that counts.
 */
import {
  type Active,
  type ControlFact,
  type Knowledge,
  kindOfItem,
  knowledgeOf,
  type LogicVersions,
  type SubjectKnowledge,
} from "@assay/trust"
import { type Kinds, kindOf } from "../kind.ts"
import { KINDS } from "../kinds/index.ts"
import { logicIn } from "./logic.ts"
import type { ControlBody, Track } from "./track.ts"

/** Items by `itemKey`. */
export type Candidates = ReadonlyMap<string, Active<unknown>>

export class CandidateTrack {
  readonly #recorded: Track
  readonly #candidates: Candidates
  /** By a candidate; null: as recorded. */
  readonly #chosen: LogicVersions | null
  #seen: { readonly recorded: Knowledge; readonly knowledge: Knowledge } | null = null

  /**
   * @param recorded a track of its own, at the entry from which the candidates hold. What operators ordered is judged by it:
   *   who might have ordered something else under another bundle, nobody knows
   */
  constructor(recorded: Track, candidates: Candidates, kinds: Kinds = KINDS) {
    this.#recorded = recorded
    this.#candidates = candidates
    this.#chosen = [...candidates.keys()].some((key) => kindOf(kinds, kindOfItem(key))?.chooses !== undefined)
      ? logicIn(kinds, candidates)
      : null
  }

  /** The same object for as long as nothing changes. Without candidates until the first bundle is in force. */
  get knowledge(): Knowledge {
    const recorded = this.#recorded.knowledge
    if (recorded.bundle === null) return recorded
    if (this.#seen?.recorded !== recorded) {
      const items = new Map([...recorded.items, ...this.#candidates])
      this.#seen = { recorded, knowledge: knowledgeOf(items, recorded.roots, recorded.tombstoneKey) }
    }
    return this.#seen.knowledge
  }

  get logic(): LogicVersions {
    return this.#chosen ?? this.#recorded.logic
  }

  get subjects(): SubjectKnowledge {
    return this.#recorded.subjects
  }

  settle(): void {
    this.#recorded.settle()
  }

  get changed(): boolean {
    return this.#recorded.changed
  }

  mediaTypeOf(name: string): string {
    return this.#recorded.mediaTypeOf(name)
  }

  encode(): Uint8Array {
    return this.#recorded.encode()
  }

  copy(): Uint8Array {
    return this.#recorded.copy()
  }

  apply(control: ControlBody, time: number): ControlFact {
    return this.#recorded.apply(control, time)
  }
}
