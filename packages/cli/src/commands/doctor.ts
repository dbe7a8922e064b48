/** `assay doctor`: looks at everything a node needs, changes nothing, and says what to do about what is wrong. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { openEmbedded } from "@assay/log"
import { readRoots } from "@assay/runtime"
import type { RootSet } from "@assay/trust"
import { type Command, EXIT } from "../command.ts"
import { DATA_OPTION } from "../data.ts"
import { clockFinding, isHeld, keyFinding, lockFinding } from "../doctor/directory.ts"
import { type Finding, fail, ok, warn } from "../doctor/finding.ts"
import { knowledgeFindings } from "../doctor/knowledge.ts"
import { configurationFinding, diskFinding, nodeFinding, portFinding } from "../doctor/machine.ts"
import { ROOTS_OPTION } from "../roots.ts"

const rootsFinding = (path: string, dir: string): { readonly roots: RootSet | null; readonly finding: Finding } => {
  try {
    const roots = readRoots(path, dir)
    return { roots, finding: ok("roots", `${roots.threshold} of ${roots.roots.length} must sign, pinned in ${path}`) }
  } catch (cause) {
    return { roots: null, finding: fail("roots", (cause as Error).message, "name the file with --roots FILE") }
  }
}

/** Everything that is only told by the log itself. */
const directoryFindings = async (
  dir: string,
  held: boolean,
  roots: RootSet | null,
  now: number,
): Promise<ReadonlyArray<Finding>> => {
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return [
      ok(
        "data",
        `${dir}: epoch ${log.epoch}, ${log.partitions} partitions, begun ${new Date(log.genesis).toISOString()}`,
      ),
      lockFinding(held),
      keyFinding(dir),
      await clockFinding(log, now),
      ...(roots === null ? [] : await knowledgeFindings(log, roots, now)),
    ]
  } finally {
    await log.close()
  }
}

const STATE = { ok: ["ok  ", "green"], warn: ["warn", "yellow"], fail: ["FAIL", "red"] } as const

export const doctor: Command = {
  name: "doctor",
  summary: "look at everything a node needs, and say what to do about what is wrong",
  usage: "doctor [--data DIR] [--roots FILE]",
  details: "Changes nothing, and may run beside a node. Exit code 1 where something is wrong; a warning alone is 0.",
  takes: 0,
  options: { ...DATA_OPTION, ...ROOTS_OPTION },
  run: async (given, output) => {
    const dir = given.required("data")
    const { config, findings } = configurationFinding(process.env)
    const { roots, finding } = rootsFinding(given.required("roots"), dir)
    const all: Array<Finding> = [nodeFinding(process.versions.node), ...findings, finding, diskFinding(dir)]
    let held = false
    if (!existsSync(join(dir, "assay.json"))) {
      all.push(
        warn(
          "data",
          `there is no data directory at ${dir} yet`,
          `assay run --data ${dir} makes it, or name another with --data`,
        ),
      )
    } else {
      try {
        held = isHeld(dir)
        all.push(...(await directoryFindings(dir, held, roots, Date.now())))
      } catch (cause) {
        all.push(
          fail(
            "data",
            (cause as Error).message,
            "nothing was changed; do as it says, or choose another directory with --data",
          ),
        )
      }
    }
    if (config !== null) all.push(await portFinding(config, held))
    const healthy = all.every(({ state }) => state !== "fail")
    output.result({ healthy, findings: all }, () => {
      for (const { check, state, found, cure } of all) {
        const [word, colour] = STATE[state]
        output.say(`${output.colour(word, colour)}  ${check.padEnd(14)} ${found}`)
        if (cure !== null) output.say(`      ${"".padEnd(14)} -> ${cure}`)
      }
      if (healthy) output.say("nothing is wrong")
    })
    return healthy ? EXIT.ok : EXIT.failed
  },
}
