/** `assay rejudge`: quarantined messages judged again under corrected knowledge, as two operators sign it. */

import { FAULT, REJUDGEABLE } from "@assay/anomaly-quarantine/rejudge"
import { newRejudgement, openRejudgement } from "@assay/knowledge"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { processEnvironment } from "@assay/settings"
import { logName, type ReasonCode } from "@assay/trust"
import { chosen } from "../choice.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { dataDirOf, openForReading } from "../open-log.ts"
import { type SignedBefore, sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { PLANNING_OPERATOR_OPTIONS } from "../operator-options.ts"
import { type Judged, tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { type Batch, type Planned, planRejudgement } from "../rejudge-plan.ts"
import { sinceOf } from "../since.ts"

/** What may be named with --where. */
const REASONS: ReadonlyArray<ReasonCode> = [...REJUDGEABLE, FAULT]

const plan = async (given: Arguments): Promise<Planned & { readonly log: string; readonly reason: ReasonCode }> => {
  const reason = chosen(given, "where", REASONS)
  const now = Date.now()
  const since = sinceOf(given.required("since"), now)
  const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
  const log = await openForReading(given)
  try {
    return { ...(await planRejudgement(log, roots, reason, { since, now })), log: logName(log), reason }
  } finally {
    await log.close()
  }
}

const say = ({ messages, batches, stays, restored }: Planned, output: Output): void => {
  output.say(`${messages} messages would be issued, in ${batches.length} commands`)
  for (const [why, count] of Object.entries(stays)) output.say(`  ${count} stay where they are: ${why}`)
  for (const device of restored) output.say(`  trust restored: ${device}`)
}

/** One command for each batch; with --sign-only the first batch alone, for the others to sign. */
const order = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const planned = await plan(given)
  const first = planned.batches[0]
  if (first === undefined) {
    output.result(summary(planned), () => say(planned, output))
    return EXIT.failed
  }
  if (given.flag("sign-only")) {
    const elements = await signBatch(given, planned, first)
    const left = planned.messages - first.records.length
    output.result({ tokens: elements, left }, () => output.say(elements.join("\n")))
    if (left > 0) output.progress(`${left} more messages: call it again when this command is accepted`)
    return EXIT.ok
  }
  let code: ExitCode = EXIT.ok
  const outcomes: Array<Judged> = []
  // One result for all commands; people read a line of each as it is judged.
  const each: Output = { ...output, result: (_value, people) => people() }
  for (const batch of planned.batches) {
    const judged = await sendCommand(given, await signBatch(given, planned, batch))
    outcomes.push(judged)
    const what = `${batch.records.length} messages of partition ${batch.partition} judged again for ${planned.reason}`
    if (tellOutcome(judged, what, {}, each) !== EXIT.ok) code = EXIT.failed
  }
  output.result({ ...summary(planned), outcomes }, () => undefined)
  return code
}

const signBatch = async (
  given: Arguments,
  { reason, log }: { readonly reason: ReasonCode; readonly log: string },
  batch: Batch,
): Promise<ReadonlyArray<string>> => {
  const { target, opening } = newRejudgement(reason, batch)
  const { tokens } = await signCommand(given, "rejudge", target, null, log)
  return [...tokens, opening]
}

/** What the first operator asked for: the second signs the same. */
const join = async (given: Arguments, before: SignedBefore, output: Output): Promise<ExitCode> => {
  const [opening] = before.openings
  const target = String(before.text["target"])
  const asked = opening === undefined ? null : openRejudgement(target, opening)
  if (asked === null || opening === undefined)
    throw new UsageError(
      `${before.path} holds no rejudgement: assay rejudge --sign-only prints its tokens and their opening`,
    )
  const { tokens } = await signCommand(given, "rejudge", target, before)
  const elements = [...tokens, opening]
  const what = `${asked.records.length} messages judged again for ${asked.reason}, ${asked.restore.length} devices restored, signed by ${tokens.length}`
  if (given.flag("sign-only")) {
    output.result({ tokens: elements }, () => output.say(elements.join("\n")))
    return EXIT.ok
  }
  return tellOutcome(
    await sendCommand(given, elements),
    what,
    { messages: asked.records.length, restore: asked.restore },
    output,
  )
}

const summary = ({ reason, messages, batches, stays, restored }: Planned & { readonly reason: ReasonCode }) => ({
  reason,
  messages,
  commands: batches.length,
  stays,
  restored,
})

export const rejudge: Command = {
  name: "rejudge",
  summary: "have quarantined messages judged again under corrected knowledge, as two operators sign it",
  usage: "rejudge --since TIME --where REASON [--keys FILE,FILE --aud URI]",
  details: `Without --keys it only says what would be issued. Issued are telemetry and events whose reasons to quarantine have all fallen:
the item that they were judged by was superseded, and the present one does not say them. They come out as annotated, marked
anomaly.rejudged, and never as verified. Devices that were quarantined by the reason alone go into probation.
Reasons that can be judged again: ${REJUDGEABLE.join(", ")}; and ${FAULT}: messages that Assay itself failed at, judged at their place by this version.
The first command for a reason announces it, and nothing is issued; the same call takes effect after containment.rejudgeNoticeMs of the profile (10 minutes), for a day.
Two operators with the right rejudge sign: both keys here, or one with --sign-only, whose lines the other gives as --tokens FILE.`,
  takes: 0,
  options: {
    since: { type: "string", value: "TIME", help: "messages from when on: 12h, 7d, or an instant by ISO 8601" },
    where: { type: "string", value: "REASON", help: "the reason for which they were quarantined" },
    ...PLANNING_OPERATOR_OPTIONS,
    "sign-only": { type: "boolean", help: "print the signed tokens and their opening instead of sending them" },
  },
  run: async (given, output) => {
    const before = signedBefore(given)
    if (before !== null) return join(given, before, output)
    if (given.text("keys") !== null) return order(given, output)
    const planned = await plan(given)
    output.result(summary(planned), () => say(planned, output))
    return EXIT.ok
  },
}
