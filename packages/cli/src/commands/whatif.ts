/** `assay whatif`: what recorded traffic would have come to under other knowledge. Reads only. */

import { whatif as derive } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import { KINDS } from "@assay/knowledge"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { itemKey, type SegmentationPolicy } from "@assay/trust"
import { type Arguments, type Command, EXIT, type Option, UsageError } from "../command.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import { DATA_OPTION, dataDirOf, openForReading } from "../open-log.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { stagesOver } from "../services.ts"
import { sinceOf } from "../since.ts"
import { Flows } from "../whatif/flows.ts"
import { reachOf } from "../whatif/reach.ts"
import { inLines, reportOf } from "../whatif/report.ts"

/** Kinds with one item for the whole deployment, which the roots sign. */
const COMPARABLE = Object.values(KINDS).filter(
  ({ scope, authority }) => scope === "deployment" && authority === "roots",
)

const FILES: Readonly<Record<string, Option>> = Object.fromEntries(
  COMPARABLE.map(({ name, title }) => [
    name,
    { type: "string", value: "FILE", help: `a candidate for ${title}, signed or not` },
  ]),
)

const ROLE = "whatif"

export const whatif: Command = {
  name: "whatif",
  summary: "show what recorded traffic would have come to under another policy, bundle or profile",
  usage: `whatif ${COMPARABLE.map(({ name }) => `[--${name} FILE]`).join(" ")} [--since 7d]`,
  details: `Derives the recorded traffic again, under what was in force and under the candidate, and compares with what was decided.
Reads only: nothing is appended, fetched or activated. On Kafka the role ${ROLE} suffices. Exit code 1 where a flow is newly
denied, 0 where none is, 3 where nothing could be derived again.`,
  takes: 0,
  options: {
    ...FILES,
    since: { type: "string", value: "TIME", default: "7d", help: "from when on: 12h, 7d, or an instant by ISO 8601" },
    ...DATA_OPTION,
    ...ROOTS_OPTION,
  },
  run: async (given, output) => {
    const since = sinceOf(given.required("since"), Date.now())
    const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
    const files = filesOf(given, roots)
    const { backend } = readSettings({ backend: NODE.verifyBackend }, processEnvironment())
    const log = await openForReading(given, { roles: [ROLE] })
    const pool = new VerifyPool({ backend })
    try {
      const flows = new Flows()
      const run = await derive(log, {
        roots,
        stagesFor: stagesOver(log, pool),
        candidates: new Map(files.map(({ kind, active }) => [itemKey(kind.name, ""), active])),
        since,
        onCompared: (compared) => flows.add(compared),
        onProgress: (entries) => output.progress(`${entries} entries judged again`),
      })
      const after = files.find(({ kind }) => kind.name === "policy")?.active.body as SegmentationPolicy | undefined
      const before = run.knowledge[0]?.policy?.body
      const reach = after === undefined || before === undefined ? null : reachOf(before, after, flows.known)
      const report = reportOf(flows, run, files, since, reach)
      output.result(report, () => {
        for (const line of inLines(report)) output.say(line)
      })
      if (report.compared === 0 && report.notDerived.messages > 0) return EXIT.broken
      return report.denied.messages > 0 ? EXIT.failed : EXIT.ok
    } finally {
      await pool.close()
      await log.close()
    }
  },
}

const filesOf = (given: Arguments, roots: ReturnType<typeof readRoots>) => {
  const files = COMPARABLE.flatMap((kind) => {
    const file = given.text(kind.name)
    return file === null ? [] : [readKnowledgeFile(kind, file, () => roots)]
  })
  if (files.length === 0)
    throw new UsageError(
      `name a candidate: assay whatif ${COMPARABLE.map(({ name }) => `--${name} FILE`).join(", or ")}`,
    )
  return files
}
