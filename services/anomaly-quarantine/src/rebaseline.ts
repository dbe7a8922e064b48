/**
 * New baselines for many devices at once, as two operators have signed them: after a new sensor, or a changed unit. Each learns
 * anew within the bound of a re-learning. Pure.
 */
import { type Breaker, isUnsuspected, openRelearning } from "@assay/detection"
import type { AuditDraft, ControlFact, Effects } from "@assay/trust"
import { controlEvent } from "./control-event.ts"
import { trustUnder } from "./revoked-key.ts"
import { type AnomalyState, draftOf, LAYOUT, type States } from "./state.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>

/**
 * Each partition does it for its own devices; the one of the target records the command. A device that is watched or convicted
 * stays as it is, whoever listed it: a new baseline must not hide what it is watched for.
 * @param elsewhere whether another partition records the command
 */
export const rebaseline = (
  command: Command,
  time: number,
  states: States,
  elsewhere: boolean,
): Effects<AnomalyState, Breaker> => {
  const moved: Array<readonly [string, AnomalyState]> = []
  const left: Array<string> = []
  for (const device of command.devices ?? []) {
    const state = states.get(device)
    if (state === undefined) continue
    if (!states.isAdmitted(device) || !isUnsuspected(trustUnder(device, state, states))) {
      left.push(device)
      continue
    }
    const draft = draftOf(state, time)
    openRelearning(draft)
    moved.push([device, LAYOUT.seal(draft)])
  }
  const found = moved.length + left.length
  const { verb, signers, reason } = command
  const here: AuditDraft = {
    kind: "incident",
    detail: JSON.stringify({
      what: "baselines are learned anew by order of operators",
      verb,
      signers,
      reason,
      devices: moved.map(([device]) => device),
      leftAsTheyAre: left,
    }),
  }
  const events = [...(elsewhere ? [] : [controlEvent(command, [])]), ...(found === 0 ? [] : [here])]
  return { states: moved, events, releases: [] }
}
