/** `assay aggregate`: computes statistics of each class of devices as a process of its own, and hands them in over HTTP. */
import { startCohorts } from "@assay/cohort"
import { STREAMS } from "@assay/streams"
import { NODE_OPTIONS, post, refusalOf } from "../client.ts"
import { type Command, EXIT } from "../command.ts"
import { openKey } from "../keys.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import { complainOf } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"

const DSSE = "application/vnd.dsse.envelope+json"

export const aggregate: Command = {
  name: "aggregate",
  summary: "compute statistics of each class of devices, and hand them in as signed knowledge",
  usage: "aggregate --key FILE [--window SECONDS] [--data DIR]",
  details: `Follows what is verified and annotated from now on, until it is stopped. The trust bundle names the key's DID among its
aggregators. One for a deployment; a node with ASSAY_COHORT_KEY does the same. Handing in takes the right admin (--token).`,
  takes: 0,
  options: {
    key: { type: "string", value: "FILE", help: "the aggregator's key file" },
    window: {
      type: "string",
      value: "SECONDS",
      default: "600",
      help: "what is said in so long makes one statistic: a minute to an hour",
    },
    ...DATA_OPTION,
    ...NODE_OPTIONS,
  },
  run: async (given, output) => {
    const key = await openKey(given.required("key"))
    const windowMs = 1_000 * given.whole("window", 60, 3_600)
    const log = await openForReading(given, { streams: [STREAMS.verified, STREAMS.annotated] })
    const stop = listenForStop()
    try {
      const running = startCohorts({
        log,
        key,
        windowMs,
        publish: async (signed) => {
          const answer = await post(given, "/v1/admin/knowledge/cohort", DSSE, signed)
          if (!answer.ok) throw refusalOf(answer)
        },
        onProblem: complainOf,
      })
      output.progress(`${key.did} signs statistics of classes; stop it with an interrupt`)
      await stop.stopped
      await running.stop()
      return EXIT.ok
    } finally {
      stop.release()
      await log.close()
      await key.close()
    }
  },
}
