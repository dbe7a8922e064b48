/** `assay replay`: re-derives every decision from the submitted stream alone and reports any difference. */

import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { type Command, EXIT } from "../command.ts"
import { openEpoch, replayEpochs, sumOf } from "../epoch/replay.ts"
import { DATA_OPTION, dataDirOf, openForReading } from "../open-log.ts"
import { formatOrigin } from "../origin.ts"
import { ROOTS_OPTION } from "../roots.ts"

const closing =
  (log: Log) =>
  async (cause: unknown): Promise<never> => {
    await log.close()
    throw cause
  }

export const replay: Command = {
  name: "replay",
  summary: "derive every decision again, and report any difference from the record",
  usage: "replay [--data DIR] [--roots FILE] [--after DIR|PREFIX]",
  details: `Reads only. A difference means that code, record or state is not what it was: exit code 1.
--after names the epoch before this one: its data directory, or with LOG=kafka its prefix. It is derived first, from its own beginning,
and what that comes to is what this log begins with: nothing rests on the states that were moved.`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    after: { type: "string", value: "DIR|PREFIX", help: "the epoch that this one goes on from" },
  },
  run: async (given, output) => {
    const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
    const { backend } = readSettings({ backend: NODE.verifyBackend }, processEnvironment())
    const log = await openForReading(given)
    const pool = new VerifyPool({ backend })
    const after = given.text("after")
    const former = after === null ? null : await openEpoch(after).catch(closing(log))
    try {
      const onProgress = (entries: number): void => output.progress(`${entries} entries judged again`)
      const reports = await replayEpochs(former === null ? [log] : [former, log], roots, pool, onProgress)
      const report = sumOf(reports)
      const superseding = report.superseding.map(({ record: _, ...rest }) => rest)
      output.result({ ...report, superseding }, () => {
        output.say(
          `${report.decisions} decisions derived again, ${report.agreed} agree with the record; so do ${report.others} other events, but for what is named here`,
        )
        if (report.erased > 0)
          output.say(`  ${report.erased} of the ${report.differing} differences are in the record of erased devices`)
        for (const { origin, derived } of report.superseding)
          output.say(`  ${formatOrigin(origin)}: undecided for a fault of Assay; judged now it is ${derived}`)
        for (const { origin, recorded, derived } of report.differences) {
          output.say(`  ${formatOrigin(origin)}: recorded ${recorded}; derived ${derived}`)
        }
      })
      return report.differing === 0 ? EXIT.ok : EXIT.failed
    } finally {
      await pool.close()
      await former?.close()
      await log.close()
    }
  },
}
