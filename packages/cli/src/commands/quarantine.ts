/** `assay quarantine list|release`, and the other operator verbs: signed by operators, sent to a node. */

import type { Log } from "@assay/log"
import type { TrustState, Verb } from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { choose } from "../choice.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import { sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { OPERATOR_OPTIONS } from "../operator-options.ts"
import { tellOutcome } from "../outcome.ts"
import { type Output, table } from "../output.ts"
import { withheldDevices } from "../trust/states.ts"
import { becauseOf } from "../trust/transitions.ts"

interface Withheld {
  readonly device: string
  readonly state: TrustState
  readonly since: string
  /** Null: the event that says why is no longer kept. */
  readonly because: ReadonlyArray<string> | null
}

/** From the states that the log keeps of devices; only the reasons come from the audit stream, each found by its time. */
const withheldIn = async (log: Log, partition: number): Promise<ReadonlyArray<Withheld>> => {
  const devices = await withheldDevices(log, partition)
  const because = await becauseOf(log, partition, new Map([...devices].map(([device, { since }]) => [device, since])))
  return [...devices].map(([device, { state, since }]) => ({
    device,
    state,
    since: new Date(since).toISOString(),
    because: because.get(device) ?? null,
  }))
}

const list = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const log = await openForReading(given)
  try {
    const rows: Array<Withheld> = []
    for (let partition = 0; partition < log.partitions; partition++) rows.push(...(await withheldIn(log, partition)))
    output.result(rows, () =>
      output.say(
        rows.length === 0
          ? "nothing is quarantined"
          : table(
              ["device", "state", "since", "because"],
              rows.map((row) => [row.device, row.state, row.since, row.because?.join(", ") ?? "no longer kept"]),
            ),
      ),
    )
    return EXIT.ok
  } finally {
    await log.close()
  }
}

const command = async (given: Arguments, output: Output, verb: Verb): Promise<ExitCode> => {
  const target = given.positionals[1]
  if (target === undefined)
    throw new UsageError(`name the device: assay quarantine ${given.positionals[0]} DID --keys FILE[,FILE]`)
  const { text, tokens } = await signCommand(given, verb, target, signedBefore(given))
  if (given.flag("sign-only")) {
    output.result({ text, tokens }, () => output.say(tokens.join("\n")))
    return EXIT.ok
  }
  return tellOutcome(
    await sendCommand(given, tokens),
    `${verb} of ${target}, signed by ${tokens.length}: ${escapeControls(text.reason)}`,
    { ...text },
    output,
  )
}

const WORDS = ["release", "add", "revoke", "override-breaker"] as const
const VERB_OF: Readonly<Record<(typeof WORDS)[number], Verb>> = {
  release: "release",
  add: "quarantine",
  revoke: "revoke",
  "override-breaker": "breaker-override",
}

export const quarantine: Command = {
  name: "quarantine",
  summary: "list, add, release or revoke, as signed operator commands",
  usage: "quarantine list | release DID | add DID | revoke DID | override-breaker all",
  details: `Commands (${Object.values(VERB_OF).join(", ")}) are signed by operators of the trust bundle; some need two, who sign the same text.
Sign on one machine with --sign-only, and hand its line to the second operator as --tokens FILE: audience, log and reason come
from it, and what the call says besides must agree. A command counts in the log that it names; where the machine that signs
reaches no node, give --log (assay doctor prints the name).`,
  takes: 2,
  options: {
    ...DATA_OPTION,
    ...OPERATOR_OPTIONS,
  },
  run: async (given, output) => {
    const word = choose("assay quarantine", given.positionals[0], ["list", ...WORDS])
    return word === "list" ? list(given, output) : command(given, output, VERB_OF[word])
  },
}
