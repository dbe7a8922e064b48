/** `assay demo`: a fleet that really signs, every attack of the catalogue, and a log that nobody can alter in silence. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KINDS } from "@assay/fleet"
import { TOPOLOGIES } from "@assay/settings"
import { chosen } from "../choice.ts"
import { type Command, EXIT } from "../command.ts"
import { faultsOf } from "../demo/faults.ts"
import { runDemo } from "../demo/run.ts"
import { showReport } from "../demo/table.ts"
import { writeOutput } from "../files.ts"
import type { Output } from "../output.ts"
import { type HonestRow, judgeHonest, unknownPunished } from "../own-time/honest.ts"
import { showHonestKinds } from "../own-time/honest-table.ts"

/** Values show what they are soon; what is about positions and clocks takes a day or two of its own time. */
const MESSAGES = { aboutValues: 300, others: 2_200 } as const

const honestKinds = async (seed: string, { progress }: Output): Promise<ReadonlyArray<HonestRow>> =>
  judgeHonest({
    kinds: KINDS,
    seed,
    messages: ({ isAboutValues }) => (isAboutValues ? MESSAGES.aboutValues : MESSAGES.others),
    machines: 1,
    onProgress: progress,
  })

export const demo: Command = {
  name: "demo",
  summary: "run a fleet, attack it in every way we know, and check the log offline",
  usage: "demo [--devices N] [--messages N] [--seed TEXT] [--data DIR] [--out FILE]",
  details: `Needs no server and no key. The same seed gives the same verdicts. At the end honest kinds of machines (meters, valves,
deep sleepers, clocks that are off, ...) go through a second node, under a time of their own: none may lose trust. Those of
which it is known that they still do, and why, are named; so is who is annotated more than is right.`,
  options: {
    devices: { type: "string", value: "N", default: "1000", help: "honest devices; attacks bring their own" },
    messages: { type: "string", value: "N", default: "30000", help: "honest messages" },
    seed: {
      type: "string",
      value: "TEXT",
      default: "assay",
      help: "keys, phases and the places of the attacks follow from it",
    },
    data: {
      type: "string",
      value: "DIR",
      help: "keep the data directory here, and its roots in DIR.roots.json (default: a temporary one, removed)",
    },
    topology: { type: "string", value: "NAME", default: "chained", help: "chained or staged" },
    out: { type: "string", value: "FILE", help: "write all of it as JSON to this file, too" },
  },
  run: async (given, output) => {
    const topology = chosen(given, "topology", TOPOLOGIES)
    const kept = given.text("data")
    const dir = kept ?? mkdtempSync(join(tmpdir(), "assay-demo-"))
    try {
      const report = await runDemo({
        dir,
        devices: given.whole("devices", 1, 1_000_000),
        messages: given.whole("messages", 1, 100_000_000),
        seed: given.required("seed"),
        topology,
        rootsFile: kept === null ? null : `${kept}.roots.json`,
        progress: output.progress,
      })
      output.progress("honest kinds of machines, under a time of their own ...")
      const honest = await honestKinds(given.required("seed"), output)
      const faults = [...faultsOf(report), ...unknownPunished(honest)]
      const out = given.text("out")
      if (out !== null) writeOutput(out, `${JSON.stringify({ ...report, honest, faults }, null, 2)}\n`)
      output.result({ ...report, honest, faults }, () => {
        showHonestKinds(honest, output)
        showReport(report, faults, output)
      })
      return faults.length === 0 ? EXIT.ok : EXIT.failed
    } finally {
      if (kept === null) rmSync(dir, { recursive: true, force: true })
    }
  },
}
