/** `npm run evaluate`: how well devices are judged. Causal, nobody releasing. */
import { join } from "node:path"
import { noneOf } from "@assay/cli/choice"
import { type Command, EXIT } from "@assay/cli/command"
import { runProgram } from "../command.ts"
import { readNab } from "./data/nab.ts"
import { readSkab } from "./data/skab.ts"
import { type KindFigures, measureHonest } from "./honest.ts"
import { byStage } from "./judge-series.ts"
import { measureNab, type NabReport } from "./nab.ts"
import { candidatesOf, rulesOf } from "./rules.ts"
import { measureSkab, type SkabReport } from "./skab.ts"
import { freshStage, knowledgeUnder } from "./stage-only.ts"
import { showHonest, showNab, showSkab } from "./table.ts"

const PARTS = ["nab", "skab", "honest"] as const
type Part = (typeof PARTS)[number]

const DETAILS = `Every message is judged by what came before it, each series is a device that is seen for the first time with its first row, and no operator releases anything. The last stage is driven alone, as if the others passed everything.

  nab    the Numenta Anomaly Benchmark: its score, found windows and false alarms. An alarm that goes on counts again each 150 messages.
  skab   the Skoltech Anomaly Benchmark: each row called anomalous or not
  honest the honest kinds of packages/fleet, --device-days in all, a share for each by how much it says: watched, quarantined, not verified

The benchmarks are read from --data, from the folders nab and skab; what is not there is not measured, and the result says so. --rules changes rules of the profile for the whole run; --fit chooses among values by 5-fold cross-validation, file by file.`

const partsOf = (text: string): ReadonlyArray<Part> =>
  text.split(",").map((word) => {
    const part = PARTS.find((one) => one === word)
    if (part === undefined) throw noneOf("--only", word, PARTS)
    return part
  })

interface Report {
  nab?: NabReport
  skab?: SkabReport
  honest?: ReadonlyArray<KindFigures>
  /** What was to be measured and could not be. */
  readonly missing: Array<string>
}

const evaluate: Command = {
  name: "evaluate",
  summary: "measure how well devices are judged, on benchmarks",
  usage: "npm run evaluate -- [--only PART,PART] [--data DIR] [--rules NAME=NUMBER,...]",
  details: DETAILS,
  takes: 0,
  options: {
    only: { type: "string", value: "PART,PART", default: PARTS.join(), help: "these parts alone" },
    data: { type: "string", value: "DIR", default: "../shared/data", help: "where the benchmarks are" },
    rules: { type: "string", value: "NAME=N,...", help: "rules of the profile, for example detectors.noveltySteps=12" },
    "device-days": { type: "string", value: "N", default: "100000", help: "simulated days of honest kinds" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what the honest kinds follow from" },
    fit: { type: "string", value: "NAME=N/N,...", help: "values to choose among, for NAB" },
  },
  run: async (given, output) => {
    const parts = partsOf(given.required("only"))
    const data = given.required("data")
    const rules = rulesOf(given.text("rules"))
    const candidates = candidatesOf(rules, given.text("fit"))
    const stage = freshStage()
    const judge = byStage(stage, knowledgeUnder(rules))
    const report: Report = { missing: [] }
    for (const part of parts) {
      if (part === "nab") {
        const all = readNab(join(data, "nab"))
        if (all === null) report.missing.push(`NAB: there is no ${join(data, "nab")}`)
        else
          report.nab = await measureNab(
            all,
            candidates.map(({ name, rules: own }) => ({ name, judge: byStage(stage, knowledgeUnder(own)) })),
            output.progress,
          )
      } else if (part === "honest") {
        report.honest = measureHonest(
          stage,
          knowledgeUnder(rules),
          given.whole("device-days", 1, 1e9),
          given.required("seed"),
          output.progress,
        )
      } else {
        const all = readSkab(join(data, "skab"))
        if (all === null) report.missing.push(`SKAB: there is no ${join(data, "skab")}`)
        else report.skab = await measureSkab(all, judge, output.progress)
      }
    }
    output.result(report, () => {
      if (report.nab !== undefined) showNab(report.nab, output)
      if (report.skab !== undefined) showSkab(report.skab, output)
      if (report.honest !== undefined) showHonest(report.honest, output)
      for (const what of report.missing)
        output.say(output.colour(`NOT MEASURED: ${what} (--data DIR says where)`, "red"))
    })
    return report.missing.length === 0 ? EXIT.ok : EXIT.failed
  },
}

await runProgram(evaluate)
