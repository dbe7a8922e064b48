/** `assay device DID`: a device's trust timeline, from the audit stream. */
import { partitionOf } from "@assay/log"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Outcome, TrustState } from "@assay/trust"
import { adviceOn, type Withheld } from "../advice.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, recordsOf } from "../open-log.ts"
import { operatorWords } from "../operator.ts"
import { formatOrigin } from "../origin.ts"

/** Advice is on the latest messages only: what was wrong long ago needs nothing any more. */
const RECENT = 20

interface Step {
  readonly time: number
  readonly origin: string
  readonly what: string
  readonly reasons: ReadonlyArray<string>
}

export const device: Command = {
  name: "device",
  summary: "show a device's trust timeline",
  usage: "device DID [--data DIR]",
  details:
    "Reads the audit stream of the partition that the DID routes to: transitions, proofs, later decisions, counts.",
  takes: 1,
  options: DATA_OPTION,
  run: async (given, output) => {
    const did = given.positionals[0]
    if (did === undefined || !did.startsWith("did:"))
      throw new UsageError("name the device by its DID: assay device did:key:...")
    const log = await openForReading(given)
    try {
      const partition = partitionOf(Buffer.from(did), log.partitions)
      const steps: Array<Step> = []
      // A command's own record may stand on either side of what it caused.
      const commands = new Map<string, string>()
      const counts: Partial<Record<Outcome, number>> = {}
      const decisions: Array<Withheld> = []
      let state: TrustState | null = null
      let reputation: number | null = null
      for await (const record of recordsOf(log, STREAMS.audit, partition)) {
        const event = decodeAudit(record.value)
        const words = operatorWords(event)
        if (words !== null) commands.set(formatOrigin(event.origin), words)
        if (event.device !== did) continue
        const step = (what: string): void => {
          steps.push({ time: event.time, origin: formatOrigin(event.origin), what, reasons: event.reasons })
        }
        if (event.kind === "transition" && event.to !== null) {
          step(`${event.from ?? "new"} -> ${event.to}`)
          state = event.to
        } else if (event.kind === "proof") step(`proof kept, ${event.evidence.length} signed messages`)
        else if (event.decision !== null) {
          const { kind, outcome } = event.decision
          if (kind === "original") {
            counts[outcome] = (counts[outcome] ?? 0) + 1
            decisions.push({ origin: formatOrigin(event.origin), outcome, reasons: event.decision.reasons })
            if (decisions.length > RECENT) decisions.shift()
          } else step(`${kind}: ${outcome}`)
          state ??= event.decision.trust
          reputation = event.decision.reputation
        }
      }
      const timeline = steps.map((step) => ({ ...step, operator: commands.get(step.origin) ?? null }))
      const known = steps.length > 0 || Object.keys(counts).length > 0
      output.result({ device: did, partition, known, state, reputation, decisions: counts, timeline }, () => {
        if (!known) {
          output.say(`${did} has never been authenticated here (partition ${partition})`)
          return
        }
        output.say(
          `${did}\n  now ${state ?? "unknown"}, reputation ${reputation?.toFixed(3) ?? "unknown"}, partition ${partition}`,
        )
        output.say(
          `  ${Object.entries(counts)
            .map(([outcome, count]) => `${count} ${outcome}`)
            .join(", ")}`,
        )
        for (const { time, origin, what, operator, reasons } of timeline) {
          const because = [...(operator === null ? [] : [operator]), ...reasons].join(", ")
          const words = because === "" ? what : `${what}  (${because})`
          output.say(`  ${new Date(time).toISOString()}  ${origin.padEnd(12)} ${words}`)
        }
        for (const line of adviceOn(decisions, "the latest messages")) output.say(`  ${line}`)
      })
      return known ? EXIT.ok : EXIT.failed
    } finally {
      await log.close()
    }
  },
}
