/** The signed heads that audit.checkpoints holds, against what is published: a log that once was larger was rolled back. */
import type { TreeHead } from "../../checkpoint.ts"
import { NoteError } from "../../note/error.ts"
import type { Findings } from "./findings.ts"

/** Heads that the log's key has signed, smallest first. A note that does not open is a finding: nobody but the sealer writes there. */
export const openHistory = (
  notes: ReadonlyArray<string>,
  open: (note: string) => TreeHead,
  findings: Findings,
): ReadonlyArray<TreeHead> => {
  const heads: Array<TreeHead> = []
  let unsigned = 0
  let why = ""
  for (const note of notes) {
    try {
      heads.push(open(note))
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      unsigned += 1
      why = error.message
    }
  }
  if (unsigned > 0)
    findings.whole("history", `${unsigned} records of audit.checkpoints are no checkpoints of this log: ${why}`)
  return heads.sort((a, b) => a.size - b.size)
}

/** @param size of the published tree */
export const refuseRollback = (heads: ReadonlyArray<TreeHead>, size: number, findings: Findings): void => {
  const largest = heads.at(-1)?.size ?? 0
  if (largest > size)
    findings.whole(
      "history",
      `the log has ${size} leaves, and audit.checkpoints holds a signed head of ${largest}: it was cut or rolled back, or the directory is an old copy`,
    )
}

/**
 * The sealer commits its position together with a record of audit.checkpoints, so the head of that position is there.
 * @param committed leaves whose events lie before the sealer's position
 */
export const refuseLostHead = (heads: ReadonlyArray<TreeHead>, committed: number, findings: Findings): void => {
  if (committed > 0 && !heads.some(({ size }) => size === committed))
    findings.whole("history", `audit.checkpoints lacks the head that was signed at ${committed} leaves`)
}
