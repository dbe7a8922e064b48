/** Tells how a node judged what was sent to it: an activation, an operator's command. */
import type { ControlOutcome } from "@assay/ingress"
import { EXIT, type ExitCode } from "./command.ts"
import { remedyOf, textOf } from "./explain/reason.ts"
import { formatOrigin } from "./origin.ts"
import type { Output } from "./output.ts"

/** The node's answer to a control entry; `accepted` is null where it is not decided yet. */
export interface Judged {
  readonly accepted: boolean | null
  readonly outcomes: ReadonlyArray<ControlOutcome>
}

/**
 * @param what what was sent, for example `version 2 of the policy`
 * @returns 1 where it was refused, else 0
 */
export const tellOutcome = (judged: Judged, what: string, also: object, output: Output): ExitCode => {
  const reasons = [
    ...new Set(judged.outcomes.filter(({ accepted }) => !accepted).flatMap((outcome) => outcome.reasons)),
  ]
  // A partition that does not hold the target says so; that is the reason only where none holds it.
  const reported = reasons.length > 1 ? reasons.filter((reason) => reason !== "control.target_unknown") : reasons
  output.result({ ...also, ...judged }, () => {
    if (judged.accepted === true) {
      const at = judged.outcomes.filter(({ accepted }) => accepted).map(({ origin }) => formatOrigin(origin))
      output.say(`${output.colour("accepted", "green")}: ${what} (at ${at.join(", ")})`)
    } else if (judged.accepted === null)
      output.say(`sent, and not judged yet: ${what}; assay tail audit shows the outcome`)
    else {
      output.say(`${output.colour("refused", "red")}: ${what}`)
      for (const reason of reported) {
        output.say(`  ${reason}: ${textOf(reason)}`)
        const remedy = remedyOf(reason)
        if (remedy !== null) output.say(`    to do: ${remedy}`)
      }
    }
  })
  return judged.accepted === false ? EXIT.failed : EXIT.ok
}
