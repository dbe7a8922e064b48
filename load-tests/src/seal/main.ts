/**
 * `npm run bench:seal`: how many audit events a sealer turns into leaves in a second, of wall clock and of one core's time, beside the
 * tree alone and beside Tessera's POSIX driver where Go is installed. They take turns, so that what else the machine does meets all
 * of them alike.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { table } from "@assay/cli/output"
import { type Command, main } from "@assay/infra/local"
import { describeMachine, machineLine } from "../machine.ts"
import { median } from "../median.ts"
import { type Measured, perCore, perSecond } from "./measured.ts"
import { sealAll } from "./sealer.ts"
import { appendByTessera, buildTessera } from "./tessera.ts"
import { growTree } from "./tree.ts"

/** Of a leaf of a decision. */
const ENTRY_BYTES = 130

interface Row {
  readonly name: string
  readonly runs: ReadonlyArray<Measured>
}

const cells = ({ name, runs }: Row, beside: Row | undefined): ReadonlyArray<string> => {
  const [second, core] = [median(runs.map(perSecond)), median(runs.map(perCore))]
  const ratios =
    beside === undefined
      ? ["", ""]
      : [second / median(beside.runs.map(perSecond)), core / median(beside.runs.map(perCore))].map((ratio) =>
          ratio.toFixed(2),
        )
  return [name, second.toFixed(0), core.toFixed(0), ...ratios]
}

const bench: Command = {
  name: "bench:seal",
  summary: "Measures sealing: leaves for a second, and for a second of one core, beside Tessera's POSIX driver.",
  options: {
    leaves: { type: "string", value: "N", default: "200000", help: "of each run" },
    devices: { type: "string", value: "N", default: "1000", help: "that the events are of" },
    rounds: { type: "string", value: "N", default: "3", help: "runs of each; the median counts" },
    dir: { type: "string", value: "DIR", help: "where the logs lie (default: the directory for temporary files)" },
  },
  async run(given) {
    const [leaves, devices] = [given.whole("leaves", 1, 100_000_000), given.whole("devices", 1, 1_000_000)]
    const rounds = given.whole("rounds", 1, 100)
    const machine = describeMachine(null)
    const dir = mkdtempSync(join(given.text("dir") || tmpdir(), "bench-seal-"))
    try {
      const built = buildTessera(dir)
      const ways: ReadonlyArray<readonly [string, () => Promise<Measured> | Measured]> = [
        ["sealer: events to durable leaves", () => sealAll(dir, leaves, devices)],
        ["tree and files alone", () => growTree(dir, leaves, ENTRY_BYTES)],
        ["tree alone, in memory", () => growTree(null, leaves, ENTRY_BYTES)],
        ...("program" in built
          ? [["Tessera, POSIX driver", () => appendByTessera(built.program, dir, leaves, ENTRY_BYTES)] as const]
          : []),
      ]
      const rows = ways.map(([name]) => ({ name, runs: [] as Array<Measured> }))
      for (const [, work] of ways.slice(0, 1)) await work() // until the code is compiled
      for (let round = 0; round < rounds; round++)
        for (const [at, [, work]] of ways.entries()) rows[at]!.runs.push(await work())
      const beside = "program" in built ? rows.at(-1) : undefined
      return {
        value: { machine, leaves, devices, rounds, rows, ...("missing" in built ? { tessera: built.missing } : {}) },
        lines: [
          machineLine(machine),
          "missing" in built ? `without Tessera: ${built.missing}` : "",
          table(
            [`${leaves} leaves`, "leaves/s", "leaves/s of one core", "of Tessera's", "of Tessera's, for a core"],
            rows.map((row) => cells(row, beside)),
            [1, 2, 3, 4],
          ),
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

if (import.meta.main) await main(bench)
