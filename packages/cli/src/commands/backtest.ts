/** `assay backtest FILE`: what a node would have made of readings that are there already. */
import { once } from "node:events"
import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { PROFILE } from "@assay/knowledge"
import type { ProfileRules } from "@assay/trust"
import { safeJson } from "@assay/trust/kit"
import { Panels, renderPanels } from "../backtest/plot.ts"
import type { Pack } from "../backtest/read/packs.ts"
import { BAD_LINES, type BadLine } from "../backtest/read/row.ts"
import { backtest as drive } from "../backtest/run.ts"
import { showBacktest } from "../backtest/table.ts"
import { isAnomalous, Tally } from "../backtest/tally.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { fileProblem, readInput, writeOutput } from "../files.ts"
import { complain, type Output } from "../output.ts"
import type { Outcome } from "../own-time/node.ts"
import { listenForStop } from "../stop-signal.ts"

/** Bad lines that are named one by one. */
const NAMED = 20
const CLASS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** @throws UsageError with the lines to correct */
const rulesIn = (file: string): ProfileRules => {
  const { body, problems } = PROFILE.plain.read(readInput(file, "the profile"), { file })
  if (body === null) throw new UsageError(problems.join("\n"))
  return body as ProfileRules
}

/** @throws UsageError that names the file, when the first line is asked for */
async function* linesOf(file: string): AsyncIterable<string> {
  const input = file === "-" ? process.stdin : createReadStream(file)
  try {
    if (file !== "-") await once(input, "open")
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause
    throw new UsageError(`${file} (the readings) cannot be read: ${fileProblem(cause)}`)
  }
}

const complainer = (): ((bad: BadLine) => void) => {
  let count = 0
  return ({ line, reason, text }) => {
    if (++count <= NAMED) complain(`line ${line}: ${reason}: ${BAD_LINES[reason]} (${text})`)
    if (count === NAMED + 1) complain("and more lines like these; they are counted")
  }
}

const asLine = ({ tag, decided: { decision }, trustAfter }: Outcome<Pack>): string =>
  safeJson({
    time: new Date(tag.at).toISOString(),
    device: tag.device,
    outcome: decision.outcome,
    reasons: decision.reasons,
    trust: decision.trust,
    trustAfter,
    ...(tag.label === null ? {} : { label: tag.label }),
    line: tag.line,
  })

export const backtest: Command = {
  name: "backtest",
  summary: "try readings of the past: what would have been verified, annotated, watched, quarantined, and why",
  usage: "backtest FILE [--class NAME] [--profile FILE] [--svg FILE] [--json]",
  details: `FILE is CSV with the header time,device,name,value, or one JSON object with these names on each line; - reads
standard input. Readings of one device at one time are one message. A column label (1 or a word for anomalous) is compared
with the result. Times are ISO 8601 (UTC where they have no zone), or seconds or milliseconds since 1970, in any order.

Every device gets a key and a credential of a scratch deployment, really signs, and goes through all five stages under the
time of the file. Nobody releases anything. No node is needed, and nothing is kept.

With --json, one object on each line for each message: time, device, outcome, reasons, trust (by which it was decided),
trustAfter, label, and the line of its first reading.`,
  takes: 1,
  options: {
    class: { type: "string", value: "NAME", default: "device", help: "the class that the credentials name" },
    profile: { type: "string", value: "FILE", help: "judge by this profile, as assay profile init writes it" },
    svg: { type: "string", value: "FILE", help: "draw the readings, with marks by outcome" },
  },
  run: async (given, output) => {
    const file = given.positionals[0]
    if (file === undefined) throw new UsageError("name the file with the readings, or - for standard input")
    const deviceClass = given.required("class")
    if (!CLASS.test(deviceClass))
      throw new UsageError(`--class takes letters, digits, dots and dashes, not ${JSON.stringify(deviceClass)}`)
    const profile = given.text("profile")
    const rules = profile === null ? null : rulesIn(profile)
    const svg = given.text("svg")
    const tally = new Tally()
    let panels: Panels | null = null
    const stop = listenForStop()
    try {
      const result = await drive({
        lines: linesOf(file),
        deviceClass,
        rules,
        signal: stop.signal,
        onRead: (span) => {
          if (svg !== null) panels = new Panels(span)
        },
        onMessage: (outcome) => {
          tally.add(outcome)
          panels?.add(outcome, isAnomalous(outcome.tag.label) === true)
          writeLine(outcome, output)
        },
        onBad: complainer(),
        onProgress: output.progress,
        untilRoom: async () => {
          if (process.stdout.writableNeedDrain) await once(process.stdout, "drain")
        },
      })
      if (svg !== null && panels !== null) writeOutput(svg, renderPanels(panels, file))
      if (!output.json) output.result(null, () => showBacktest(tally, result, output))
      return EXIT.ok
    } finally {
      stop.release()
    }
  },
}

const writeLine = (outcome: Outcome<Pack>, output: Output): void => {
  if (output.json) process.stdout.write(`${asLine(outcome)}\n`)
}
