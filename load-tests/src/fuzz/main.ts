/** `npm run fuzz`: mutated inputs for every parser and for the live route. What was found once is tried first. */
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { type Command, EXIT, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { runProgram } from "../command.ts"
import { keep } from "./corpus.ts"
import { fuzzLive, LIVE, type LiveReport } from "./live.ts"
import { runTargets, type TargetReport } from "./run.ts"
import type { Finding } from "./target.ts"
import { targets } from "./targets/index.ts"

const CATALOGUE = fileURLToPath(new URL("./targets/index.ts", import.meta.url))

const show = (reports: ReadonlyArray<TargetReport>, live: LiveReport | null, output: Output): void => {
  const rows = reports.map(({ target, inputs, accepted, slowestMs, findings }) => [
    target,
    String(inputs),
    String(accepted),
    slowestMs.toFixed(1),
    String(findings.length),
  ])
  output.say(table(["target", "inputs", "accepted", "slowest ms", "findings"], rows, [1, 2, 3, 4]))
  if (live !== null)
    output.say(
      `${LIVE}: ${live.requests} requests, ${live.taken} messages taken, slowest /livez ${Math.round(live.slowestLivezMs)} ms, memory grew by ${Math.round(live.grownBytes / 2 ** 20)} MB`,
    )
}

const showFindings = (findings: ReadonlyArray<Finding & { readonly file: string }>, output: Output): void => {
  output.say("")
  if (findings.length === 0) output.say(output.colour("Nothing was found.", "green"))
  for (const { target, input, problem, file } of findings)
    output.say(output.colour(`${target}, ${input}: ${problem.split("\n")[0]}\n  kept as ${file}`, "red"))
}

const fuzz: Command = {
  name: "fuzz",
  summary: "Mutated inputs for every parser and for the live route",
  usage: "npm run fuzz -- [--inputs N] [--seed TEXT] [--target NAME]",
  details:
    "A run follows from its seed. Each target runs in a process with little memory. A finding is an error that the parser does not promise, an answer that breaks a promise, more than a second of CPU, or memory without a bound; its input is kept in load-tests/corpus and is tried first from then on. Exit code 1 where something was found.",
  options: {
    inputs: { type: "string", value: "N", default: "20000", help: "inputs for each target" },
    requests: { type: "string", value: "N", default: "5000", help: "requests to the live route; 0 leaves it out" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what the mutations follow from" },
    target: {
      type: "string",
      value: "NAME",
      help: `one target only, or ${LIVE}; without a name that is known, all are listed`,
    },
  },
  run: async (given, output) => {
    const [inputs, requests, seed] = [
      given.whole("inputs", 1, 1e9),
      given.whole("requests", 0, 1e9),
      given.required("seed"),
    ]
    const only = given.text("target")
    const chosen = targets.filter(({ name }) => only === null || name === only)
    if (chosen.length === 0 && only !== LIVE)
      throw new UsageError(
        `there is no target ${only}; they are\n${[...targets.map(({ name, about }) => `  ${name}: ${about}`), `  ${LIVE}: HTTP requests to a running node`].join("\n")}`,
      )
    const progress = (target: string, done: number): void => {
      if (output.live) output.progress(`${target}: ${done} of ${inputs}`)
    }
    const names = chosen.map(({ name }) => name)
    const reports = await runTargets(CATALOGUE, names, { seed, inputs }, progress)
    const isLive = requests > 0 && (only === null || only === LIVE)
    const live = isLive ? await fuzzLive(seed, requests, output.progress) : null
    const all = [...reports.flatMap((report) => report.findings), ...(live?.findings ?? [])]
    const findings = all.map((finding) => ({
      ...finding,
      file: relative(process.cwd(), keep(finding.target, Buffer.from(finding.bytes, "base64"))),
    }))
    output.result({ seed, reports, live, findings }, () => {
      show(reports, live, output)
      showFindings(findings, output)
    })
    return findings.length === 0 ? EXIT.ok : EXIT.failed
  },
}

await runProgram(fuzz)
