/** `npm run simulate`: a billion devices over regions, event by event for some partitions: what is full first, and what comes of it. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readMeasured } from "@assay/cli/capacity"
import { type Command, main } from "@assay/infra/local"
import { oneOf } from "../bench/arguments.ts"
import { closedForms } from "./closed-forms.ts"
import { callOf, plotOf, type SimulationReport, toMarkdown, toText } from "./report.ts"
import { SCENARIOS, type ScenarioResult, type Simulation } from "./scenarios.ts"
import { readCheck, readEmbedded, smallRuns } from "./small-runs.ts"
import { readWorld } from "./world.ts"

const INPUTS = fileURLToPath(new URL("../../simulate/", import.meta.url))
const DATA = fileURLToPath(new URL("../../../docs/performance/data/", import.meta.url))

const simulate: Command = {
  name: "simulate",
  summary:
    "Plays what happens to deployments for a billion devices: an ordinary minute, all devices back after an outage, machines lost, a storm of quarantines, a revocation that reaches back. Costs are those of `assay capacity`; the world is load-tests/simulate/world.json. Everything follows from the seed. No broker is started.",
  options: {
    scenario: { type: "string", value: "NAME", default: "all", help: `all, ${Object.keys(SCENARIOS).join(", ")}` },
    world: { type: "string", value: "FILE", default: join(INPUTS, "world.json"), help: "what is simulated" },
    measured: { type: "string", value: "FILE", default: "", help: "costs in place of those of the repository" },
    runs: {
      type: "string",
      value: "FILE",
      default: join(DATA, "capacity-check-warm.json"),
      help: "measured runs on Kafka to compare with: capacity:check -- --json",
    },
    embedded: {
      type: "string",
      value: "FILE",
      default: join(DATA, "load-embedded-chained.json"),
      help: "those of the embedded log: bench:load -- --engine embedded",
    },
    seed: { type: "string", value: "TEXT", default: "", help: "in place of the world's" },
    sample: { type: "string", value: "N", default: "8", help: "partitions of a region that are played" },
    out: { type: "string", value: "DIR", default: "", help: "write simulation.md, .json and plots here" },
  },
  run: async (given, progress) => {
    const world = readWorld(given.text("world"))
    const seed = given.text("seed") === "" ? world.seed : given.text("seed")
    const scenario = oneOf("scenario", given.text("scenario"), ["all", ...Object.keys(SCENARIOS)])
    const measured = readMeasured(given.text("measured") === "" ? null : given.text("measured"))
    const simulation: Simulation = { world, measured, sample: given.whole("sample", 2, 1_000), seed }
    const results: Array<ScenarioResult> = []
    for (const [name, play] of Object.entries(SCENARIOS)) {
      if (scenario !== "all" && scenario !== name) continue
      progress(`${name} ...`)
      results.push(...play(simulation))
    }
    progress("theory and measured runs ...")
    const [check, embedded] = [readCheck(given.text("runs")), readEmbedded(given.text("embedded"))]
    const report: SimulationReport = {
      ...{ seed, sample: simulation.sample },
      results: results.map(({ moments, ...one }) => one),
      closedForms: closedForms(seed),
      smallRuns: smallRuns(check, embedded, seed),
    }
    const out = given.text("out")
    if (out !== "") {
      mkdirSync(out, { recursive: true })
      const call = callOf("simulate", simulate.options, given.text)
      writeFileSync(join(out, "simulation.md"), toMarkdown(simulation, report, call))
      writeFileSync(join(out, "simulation.json"), `${JSON.stringify(report, null, 2)}\n`)
      for (const name of ["reconnect", "rebalance"]) {
        const own = results.filter((one) => one.scenario === name)
        if (own.length > 0) writeFileSync(join(out, `simulation-${name}.svg`), plotOf(own))
      }
    }
    return { value: report, lines: [toText(report)] }
  },
}

if (import.meta.main) await main(simulate)
