/** Assay's own fault while it judged: never the sender's, and never a verdict. */
import type { StageName } from "@assay/trust"

/**
 * A batch could not be judged. Nothing of it is committed: put the state back to the last commit, or discard it and restore it.
 * Where it comes again at one entry, that entry becomes `undecided` (see `undecided-after-restores.ts`).
 */
export class JudgingError extends Error {
  override readonly name = "JudgingError"
  readonly stage: StageName
  /** The stage's place in this runner. */
  readonly slot: number

  constructor(stage: StageName, slot: number, cause: unknown) {
    super(`${stage} could not judge: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.stage = stage
    this.slot = slot
  }
}
