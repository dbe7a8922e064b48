/** `npm run demo:onem2m` and `npm run demo:mqtt`: their options and their end. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { type CarrierReport, faultsOf, showCarrierReport } from "./report.ts"

export interface DemoOptions {
  readonly dir: string
  readonly devices: number
  readonly messages: number
  readonly seed: string
  readonly progress: (line: string) => void
}

/** @param carrier for people: "a CSE" */
export const demoOn = (
  name: string,
  carrier: string,
  details: string,
  run: (options: DemoOptions) => Promise<CarrierReport>,
): Command => ({
  name,
  summary: `honest devices and attacks of the communication layer through ${carrier}, and what becomes of both`,
  usage: `npm run ${name} -- [--devices N] [--messages N] [--seed TEXT] [--data DIR] [--json]`,
  details: `${details}
Exit code 1: an attack did not end as it should, or an honest message was lost, decided twice, quarantined or rejected.`,
  takes: 0,
  options: {
    devices: { type: "string", value: "N", default: "5", help: "devices; two are attacked, one is the attacker's" },
    messages: { type: "string", value: "N", default: "20", help: "messages of each" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "keys follow from it" },
    data: { type: "string", value: "DIR", help: "keep everything here (default: a temporary one, removed)" },
  },
  run: async (given, output) => {
    const kept = given.text("data")
    const dir = kept ?? mkdtempSync(join(tmpdir(), `assay-${name.replace(":", "-")}-`))
    let isGood = false
    try {
      const report = await run({
        dir,
        devices: given.whole("devices", 4, 1_000),
        messages: given.whole("messages", 1, 100_000),
        seed: given.required("seed"),
        progress: output.progress,
      })
      const faults = faultsOf(report)
      isGood = faults.length === 0
      output.result({ ...report, faults, logs: isGood ? null : dir }, () => showCarrierReport(report, output))
      return isGood ? EXIT.ok : EXIT.failed
    } finally {
      if (kept === null && isGood) rmSync(dir, { recursive: true, force: true })
    }
  },
})
