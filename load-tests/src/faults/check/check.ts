/** All that must hold after the faults, read from the committed streams. */

import type { Log } from "@assay/log"
import type { Outcome, RootSet } from "@assay/trust"
import type * as Redacted from "effect/Redacted"
import type { Topology } from "../../cluster/work.ts"
import type { AttemptLog } from "../attempts.ts"
import { checkDeadLetters } from "./dead-letters.ts"
import { checkDecisions } from "./decisions.ts"
import { checkHops } from "./hops.ts"
import { checkModel } from "./model.ts"
import type { Result } from "./result.ts"
import { checkSealed } from "./sealed.ts"
import { checkSubmissions } from "./submissions.ts"
import { readSubmitted } from "./submitted.ts"
import { checkVerdicts } from "./verdicts.ts"

export interface CheckOptions {
  readonly log: Log
  readonly attemptLog: AttemptLog
  readonly roots: RootSet
  readonly topology: Topology
  /** Where the audit stream was sealed; null: nowhere. */
  readonly sealDir: string | null
  /** Null: there is no read model. */
  readonly model: { readonly redisUrl: Redacted.Redacted; readonly prefix: string } | null
  readonly progress?: (line: string) => void
}

export interface Checked {
  readonly results: ReadonlyArray<Result>
  readonly totals: Readonly<Record<Outcome, number>>
}

/** Nothing may work on the log any more. */
export const checkAll = async (options: CheckOptions): Promise<Checked> => {
  const { log, attemptLog, roots, topology, sealDir, model, progress = () => undefined } = options
  const results: Array<Result> = []
  const tell = (result: Result): void => {
    results.push(result)
    progress(
      `${result.name}: ${result.examined} examined, ${result.found === 0 ? "holds" : `${result.found} FINDINGS`}`,
    )
  }
  progress("checking the committed streams ...")
  const submitted = await readSubmitted(log)
  tell(checkSubmissions(attemptLog, submitted))
  const { result, totals, rejected } = await checkDecisions(log, submitted)
  tell(result)
  if (topology === "staged") tell(await checkHops(log, submitted, rejected))
  tell(await checkDeadLetters(log, submitted))
  tell(await checkVerdicts(log, roots))
  if (sealDir !== null) tell(await checkSealed(log, sealDir))
  if (model !== null) tell(await checkModel(log, model))
  return { results, totals }
}
