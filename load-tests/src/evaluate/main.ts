/** `npm run evaluate`: how well devices are judged. Causal, nobody releasing. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { noneOf } from "@assay/cli/choice"
import { type Command, EXIT } from "@assay/cli/command"
import { type HonestRow, judgeHonest, showHonestKinds, unknownWrongs } from "@assay/cli/own-time"
import { KINDS } from "@assay/fleet"
import { runProgram } from "../command.ts"
import { measureAttacks, type Seen } from "./attacks.ts"
import { byPipeline } from "./by-pipeline.ts"
import { type CostReport, measureCost } from "./cost.ts"
import { readNab } from "./data/nab.ts"
import { readSkab } from "./data/skab.ts"
import { type KindFigures, measureHonest } from "./honest.ts"
import { byStage, type JudgeSeries } from "./judge-series.ts"
import { measureNab, type NabReport } from "./nab.ts"
import { drawSeries } from "./plot.ts"
import { candidatesOf, rulesOf } from "./rules.ts"
import { measureSkab, type SkabReport } from "./skab.ts"
import { freshStage, knowledgeUnder } from "./stage-only.ts"
import { showAttacks, showCost, showHonest, showNab, showSkab } from "./table.ts"

const PARTS = ["nab", "skab", "honest", "kinds", "attacks", "cost"] as const
type Part = (typeof PARTS)[number]

const DETAILS = `Every message is judged by what came before it, each series is a device that is seen for the first time with its first row, and no operator releases anything.

  nab      the Numenta Anomaly Benchmark: its score, found windows and false alarms. An alarm that goes on counts again each 150 messages.
  skab     the Skoltech Anomaly Benchmark: each row called anomalous or not
  honest   the honest kinds of packages/fleet that are about values, --device-days in all, by the last stage alone: watched, quarantined, not verified
  kinds    all honest kinds, one machine of each, through the whole pipeline
  attacks  after how many attempts each attack of the catalogue is seen, after 20, 60 and 200 honest messages, through the whole pipeline
  cost     CPU of the last stage for a message beside that of a signature, and bytes of state for a measurement

Benchmarks go through the whole pipeline, or with --stage-only through the last stage alone, as if the others passed everything: ten times as fast, and the same result but for rows that share a time. They are read from --data, from the folders nab and skab; what is not there is not measured, and the result says so. --rules changes rules of the profile for nab, skab and honest; --fit chooses among values by 5-fold cross-validation, file by file.

Exit code 1 where something could not be measured, or an honest kind is punished that is not on the list of those that still are.`

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
  kinds?: ReadonlyArray<HonestRow>
  attacks?: ReadonlyArray<Seen>
  cost?: CostReport
  /** What was to be measured and could not be. */
  readonly missing: Array<string>
}

const evaluate: Command = {
  name: "evaluate",
  summary: "measure how well devices are judged: benchmarks, honest kinds, attacks",
  usage: "npm run evaluate -- [--only PART,PART] [--data DIR] [--rules NAME=NUMBER,...]",
  details: DETAILS,
  takes: 0,
  options: {
    only: { type: "string", value: "PART,PART", default: PARTS.join(), help: "these parts alone" },
    data: { type: "string", value: "DIR", default: "../shared/data", help: "where the benchmarks are" },
    "stage-only": { type: "boolean", help: "drive the last stage alone, where benchmarks are measured" },
    rules: {
      type: "string",
      value: "NAME=N,...",
      help: "rules of the profile, for example detectors.reportSurprise=12",
    },
    fit: { type: "string", value: "NAME=N/N,...", help: "values to choose among, for nab" },
    "device-days": { type: "string", value: "N", default: "100000", help: "simulated days of honest kinds" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what honest kinds and attacks follow from" },
    svg: { type: "string", value: "DIR", help: "draw each series of the benchmarks with its windows and alarms" },
  },
  run: async (given, output) => {
    const parts = partsOf(given.required("only"))
    const [data, seed, svg] = [given.required("data"), given.required("seed"), given.text("svg")]
    const rules = rulesOf(given.text("rules"))
    const stage = freshStage()
    const judgeUnder = (own: typeof rules): JudgeSeries =>
      given.flag("stage-only") ? byStage(stage, knowledgeUnder(own)) : byPipeline(own)
    const candidates = candidatesOf(rules, given.text("fit")).map(({ name, rules: own }) => ({
      name,
      judge: judgeUnder(own),
    }))
    if (svg !== null) mkdirSync(svg, { recursive: true })
    const drawn = (judge: JudgeSeries): JudgeSeries => (svg === null ? judge : drawSeries(judge, svg))
    const report: Report = { missing: [] }
    const measure: Readonly<Record<Part, () => Promise<void>>> = {
      nab: async () => {
        const all = readNab(join(data, "nab"))
        const [first, ...others] = candidates
        if (all === null) report.missing.push(`NAB: there is no ${join(data, "nab")}`)
        else
          report.nab = await measureNab(
            all,
            [{ name: first!.name, judge: drawn(first!.judge) }, ...others],
            output.progress,
          )
      },
      skab: async () => {
        const all = readSkab(join(data, "skab"))
        if (all === null) report.missing.push(`SKAB: there is no ${join(data, "skab")}`)
        else report.skab = await measureSkab(all, drawn(judgeUnder(rules)), output.progress)
      },
      honest: async () => {
        const days = given.whole("device-days", 1, 1e9)
        report.honest = measureHonest(stage, knowledgeUnder(rules), days, seed, output.progress)
      },
      kinds: async () => {
        report.kinds = await judgeHonest({
          kinds: KINDS,
          seed,
          messages: () => MOST_MESSAGES,
          machines: 1,
          onProgress: output.progress,
        })
      },
      attacks: async () => {
        report.attacks = await measureAttacks(seed, output.progress)
      },
      cost: async () => {
        report.cost = await measureCost(stage, output.progress)
      },
    }
    for (const part of parts) await measure[part]()
    output.result(report, () => {
      if (report.nab !== undefined) showNab(report.nab, output)
      if (report.skab !== undefined) showSkab(report.skab, output)
      if (report.honest !== undefined) showHonest(report.honest, output)
      if (report.kinds !== undefined) showHonestKinds(report.kinds, output)
      if (report.attacks !== undefined) showAttacks(report.attacks, output)
      if (report.cost !== undefined) showCost(report.cost, output)
      for (const what of report.missing)
        output.say(output.colour(`NOT MEASURED: ${what} (--data DIR says where)`, "red"))
    })
    const faults = [...report.missing, ...unknownWrongs(report.kinds ?? [])]
    return faults.length === 0 ? EXIT.ok : EXIT.failed
  },
}

/** Of one machine, in the whole pipeline: a day of what speaks each half minute. */
const MOST_MESSAGES = 3_000

await runProgram(evaluate)
