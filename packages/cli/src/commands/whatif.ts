/** `assay whatif`: what recorded traffic would have come to under other knowledge. Reads only. */

import { whatif as derive } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import { ADVISORY, KINDS } from "@assay/knowledge"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { type Advisory, itemKey, type SegmentationPolicy } from "@assay/trust"
import { type Arguments, type Command, EXIT, type Option, UsageError } from "../command.ts"
import { type KnowledgeFile, readKnowledgeFile } from "../knowledge-file.ts"
import { DATA_OPTION, dataDirOf, openForReading } from "../open-log.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { stagesOver } from "../services.ts"
import { sinceOf } from "../since.ts"
import { Flows } from "../whatif/flows.ts"
import { reachOf } from "../whatif/reach.ts"
import { inLines, reportOf } from "../whatif/report.ts"

/** Kinds that the roots sign, one item for the deployment; and those about firmware, as files that nobody signed yet. */
const COMPARABLE = Object.values(KINDS).filter(
  ({ scope, authority, about }) => scope === "deployment" && (authority === "roots" || about !== undefined),
)

const FILES: Readonly<Record<string, Option>> = Object.fromEntries(
  COMPARABLE.map(({ name, title, authority }) => [
    name,
    {
      type: "string",
      value: "FILE",
      help: `a candidate for ${title}, ${authority === "roots" ? "signed or not" : "not signed"}`,
    },
  ]),
)

const ROLE = "whatif"

export const whatif: Command = {
  name: "whatif",
  summary: "show what recorded traffic would have come to under other knowledge, or what an advisory is about",
  usage: `whatif ${COMPARABLE.map(({ name }) => `[--${name} FILE]`).join(" ")} [--since 7d]`,
  details: `Derives the recorded traffic again, under what was in force and under the candidate, and compares with what was decided.
Reads only: nothing is appended, fetched or activated. On Kafka the role ${ROLE} suffices. Exit code 1 where a flow is newly
denied, 0 where none is, 3 where nothing could be derived again. With an advisory it begins where the advisory says (since), if
--since is not given: which decisions rested on firmware that is flawed.`,
  takes: 0,
  options: {
    ...FILES,
    since: { type: "string", value: "TIME", default: "7d", help: "from when on: 12h, 7d, or an instant by ISO 8601" },
    ...DATA_OPTION,
    ...ROOTS_OPTION,
  },
  run: async (given, output) => {
    const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
    const files = filesOf(given, roots)
    const since = beginOf(given, files)
    const { backend } = readSettings({ backend: NODE.verifyBackend }, processEnvironment())
    const log = await openForReading(given, { roles: [ROLE] })
    const pool = new VerifyPool({ backend })
    try {
      const flows = new Flows()
      const run = await derive(log, {
        roots,
        stagesFor: stagesOver(log, pool),
        candidates: new Map(
          files.map(({ kind, active }) => [itemKey(kind.name, kind.about?.(active.body) ?? ""), active]),
        ),
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

/** An advisory says from when on devices may have been attacked. */
const beginOf = (given: Arguments, files: ReadonlyArray<KnowledgeFile>): number => {
  const advisory = files.find(({ kind }) => kind.name === ADVISORY.name)
  return advisory !== undefined && !given.isGiven("since")
    ? (advisory.active.body as Advisory).since
    : sinceOf(given.required("since"), Date.now())
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
