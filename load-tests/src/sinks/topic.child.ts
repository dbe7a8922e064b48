/** The process behind `topic.ts`: DIR, decisions a second, and whether it is the last one, which writes nothing and ends. */
import { groupCheckpoint } from "@assay/consumer"
import { deadLettersTo, startEgress } from "@assay/egress"
import { setUpSink } from "@assay/egress/kinds"
import { openEmbedded } from "@assay/log/embedded"
import { PARTITIONS, startWriter } from "./writer.ts"

const [dir, perSecond, last] = process.argv.slice(2) as [string, string, string]
const GROUP = "siem-topics-killed"

const log = await openEmbedded({ dir: `${dir}/data`, partitions: PARTITIONS })
const writer = await startWriter(log)
const { make, encoder, wanted } = setUpSink("topic:siem.json.v1?storm=0")
const running = await startEgress({
  log,
  group: GROUP,
  outcomes: ["quarantined"],
  encoder: encoder(log),
  wanted,
  sink: make(log),
  checkpoint: groupCheckpoint(log, GROUP),
  deadLetters: deadLettersTo(({ reason }) => {
    throw new Error(reason)
  }),
  sinceMs: null,
  checkMs: 20,
  onProblem: (what, cause) => process.stderr.write(`${what}: ${String(cause)}\n`),
  onMetrics: ({ exported }) => {
    if (exported > 0) process.stdout.write(`${exported}\n`)
  },
})
if (last === "true") {
  await running.settled()
  await running.stop()
  await log.close()
} else {
  await writer.run(Number(perSecond), () => false)
}
