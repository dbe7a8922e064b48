/** `assay anchor prove`: one decision, from its event to a block, in one file. */
import { anchorsOf, formatAnchoredFile } from "@assay/anchor"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { KeyStore, logDirectory } from "@assay/transparency/storage"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { findDecision, proofOf } from "../decision-proof.ts"
import { writeOutput } from "../files.ts"
import { openForReading, requiredDataDir } from "../open-log.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { placeOf } from "../sealed-place.ts"
import { evidenceIn, openAnchorLog } from "./state.ts"

export const prove = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const log = await openForReading(given, { streams: [STREAMS.audit] })
  try {
    const origin = parseOrigin(given.positionals[1], log)
    const [out, dir] = [given.required("out"), given.required("state")]
    const data = requiredDataDir(given, readLogConfiguration(processEnvironment()))
    const found = await findDecision(log, origin)
    const place = await placeOf(log, data, origin.partition, found?.leaf ?? 0)
    if (place === null)
      throw new UsageError(`${logDirectory(data, origin.partition)} has no checkpoint yet: nothing is sealed`)
    const { directory, published, leaf } = place
    const event = formatOrigin(origin)
    if (found === null) {
      output.result({ event, found: false }, () => output.say(`no decision on ${event} is recorded here`))
      return EXIT.failed
    }
    const name = published.slice(0, published.indexOf("\n"))
    const anchored = await anchorsOf(await openAnchorLog(dir), name, leaf, evidenceIn(dir))
    if (anchored === null) {
      output.result({ event, found: true, anchored: false }, () =>
        output.say(`the decision on ${event} is leaf ${leaf}, which no anchor covers yet: assay anchor status`),
      )
      return EXIT.failed
    }
    const keys = await KeyStore.read(saltsPath(data, origin.partition))
    const archive = given.text("archive")
    const proof = await proofOf(directory, anchored.checkpoint, keys, { ...found, leaf }, archive).finally(() =>
      keys.close(),
    )
    writeOutput(out, formatAnchoredFile({ proof, anchors: anchored.anchors }))
    output.result({ event, leaf, anchors: anchored.anchors.length, out }, () =>
      output.say(`${out}: the decision on ${event} is leaf ${leaf}, anchored ${anchored.anchors.length} times`),
    )
    return EXIT.ok
  } finally {
    await log.close()
  }
}
