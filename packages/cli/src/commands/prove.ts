/** `assay prove`: one decision's place in the log, in a file for somebody who has only the log's key. */
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { KeyStore, logDirectory, readCosigned } from "@assay/transparency/storage"
import { type Command, EXIT, UsageError } from "../command.ts"
import { findDecision, proofOf } from "../decision-proof.ts"
import { writeOutput } from "../files.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"
import { placeOf } from "../sealed-place.ts"

/** One that witnesses cosigned, where it covers the leaf; else the newest. */
const checkpointOver = async (directory: string, published: string, leaf: number): Promise<string> => {
  const cosigned = await readCosigned(directory)
  return cosigned !== null && leaf < Number(cosigned.split("\n")[1]) ? cosigned : published
}

export const prove: Command = {
  name: "prove",
  summary: "prove that an event is in the audit log",
  usage: "prove EVENT --out FILE [--data DIR] [--archive DIR]",
  details: `EVENT is a message's origin (its decision is proven), epoch/partition/offset. The file is a C2SP tlog-proof: the place in the
tree and the signed checkpoint, with what witnesses signed below it where they cosigned one that covers the decision; its extra
data hold the decision and its salt. Anybody with the log's key checks it, without
anything else: assay verify-proof. It discloses this one event; where the device was erased, only what was decided.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    out: { type: "string", value: "FILE", help: "where the proof goes" },
    archive: { type: "string", value: "DIR", help: "where entries lie that assay archive prune took away" },
  },
  run: async (given, output) => {
    const log = await openForReading(given, { streams: [STREAMS.audit] })
    try {
      const origin = parseOrigin(given.positionals[0], log)
      const out = given.required("out")
      const { partition } = origin
      const dir = requiredDataDir(given, readLogConfiguration(processEnvironment()))
      const found = await findDecision(log, origin)
      const place = await placeOf(log, dir, partition, found?.leaf ?? 0)
      if (place === null)
        throw new UsageError(`${logDirectory(dir, partition)} has no checkpoint yet: nothing is sealed`)
      const { directory, published, leaf } = place
      const event = formatOrigin(origin)
      if (found === null) {
        output.result({ event, found: false }, () => output.say(`no decision on ${event} is recorded here`))
        return EXIT.failed
      }
      const checkpoint = await checkpointOver(directory, published, leaf)
      const keys = await KeyStore.read(saltsPath(dir, partition))
      const archive = given.text("archive")
      writeOutput(
        out,
        await proofOf(directory, checkpoint, keys, { ...found, leaf }, archive).finally(() => keys.close()),
      )
      output.result({ event, leaf, out }, () => output.say(`${out}: the decision on ${event} is leaf ${leaf}`))
      return EXIT.ok
    } finally {
      await log.close()
    }
  },
}
