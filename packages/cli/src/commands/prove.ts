/** `assay prove`: one decision's place in the log, in a file for somebody who has only the log's key. */
import { saltsPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import {
  buildProof,
  decodeLeaf,
  eventOf,
  formatProofFile,
  leafOf,
  NO_DEVICE,
  saltOf,
  statementOf,
  statementSaltOf,
} from "@assay/transparency"
import {
  directoryTiles,
  type KeyReader,
  KeyStore,
  logDirectory,
  readCosigned,
  readEntry,
  readPublished,
} from "@assay/transparency/storage"
import type { Origin } from "@assay/trust"
import { type Command, EXIT, UsageError } from "../command.ts"
import { writeOutput } from "../files.ts"
import { DATA_OPTION, openForReading, recordsOf, requiredDataDir } from "../open-log.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"

interface Found {
  readonly leaf: number
  readonly record: Uint8Array
  readonly event: ReturnType<typeof eventOf>
}

/** The original decision on a message, and which leaf it is: every audit event is one, in order. */
const findDecision = async (log: Log, { partition, offset }: Origin): Promise<Found | null> => {
  let leaf = 0
  for await (const record of recordsOf(log, STREAMS.audit, partition)) {
    const event = eventOf(record.value, log.epoch, partition, record.offset)
    const isOriginal = event.kind === "decision" && event.event?.decision?.kind === "original"
    if (isOriginal && event.origin.offset === offset) return { leaf, record: record.value, event }
    leaf++
  }
  return null
}

/** The file's content. @throws UsageError where the stored event is not the one that was sealed */
const proofOf = async (directory: string, checkpoint: string, keys: KeyReader, found: Found): Promise<string> => {
  const { leaf, record, event } = found
  const tiles = directoryTiles(directory)
  const differs = new UsageError(`leaf ${leaf} is not that of the stored event: assay verify tells what differs`)
  const size = Number(checkpoint.split("\n")[1])
  if (leaf >= size) throw new UsageError(`the decision is leaf ${leaf}, which no checkpoint covers yet: try again soon`)
  const entry = await readEntry(tiles, leaf, size)
  const log = keys.get(NO_DEVICE)
  if (entry === null || log === null) throw differs
  const { pseudonym, statement, commitment } = decodeLeaf(entry)
  const proof = await buildProof(leaf, checkpoint, tiles)
  const device = keys.get(event.device)
  if (device !== null && Buffer.compare(leafOf(event, record, device, log), entry) === 0)
    return formatProofFile({ event: record, salt: saltOf(device.key, event), pseudonym, statement, proof })
  // The device was erased: what was decided is provable still, of whom is not.
  if (!keys.isErased(pseudonym) || event.event === null) throw differs
  const erased = statementOf(event.event)
  return formatProofFile({ erased, salt: statementSaltOf(log.key, event), pseudonym, commitment, proof })
}

/** One that witnesses cosigned, where it covers the leaf; else the newest. */
const checkpointOver = async (directory: string, published: string, leaf: number): Promise<string> => {
  const cosigned = await readCosigned(directory)
  return cosigned !== null && leaf < Number(cosigned.split("\n")[1]) ? cosigned : published
}

export const prove: Command = {
  name: "prove",
  summary: "prove that an event is in the audit log",
  usage: "prove EVENT --out FILE [--data DIR]",
  details: `EVENT is a message's origin (its decision is proven), epoch/partition/offset. The file is a C2SP tlog-proof: the place in the
tree and the signed checkpoint, with what witnesses signed below it where they cosigned one that covers the decision; its extra
data hold the decision and its salt. Anybody with the log's key checks it, without
anything else: assay verify-proof. It discloses this one event; where the device was erased, only what was decided.`,
  takes: 1,
  options: { ...DATA_OPTION, out: { type: "string", value: "FILE", help: "where the proof goes" } },
  run: async (given, output) => {
    const log = await openForReading(given, { streams: [STREAMS.audit] })
    try {
      const origin = parseOrigin(given.positionals[0], log)
      const out = given.required("out")
      const { partition } = origin
      const dir = requiredDataDir(given, readLogConfiguration(processEnvironment()))
      const directory = logDirectory(dir, partition)
      const published = await readPublished(directory)
      if (published === null) throw new UsageError(`${directory} has no checkpoint yet: nothing is sealed`)
      const found = await findDecision(log, origin)
      const event = formatOrigin(origin)
      if (found === null) {
        output.result({ event, found: false }, () => output.say(`no decision on ${event} is recorded here`))
        return EXIT.failed
      }
      const checkpoint = await checkpointOver(directory, published, found.leaf)
      const keys = await KeyStore.read(saltsPath(dir, partition))
      writeOutput(out, await proofOf(directory, checkpoint, keys, found).finally(() => keys.close()))
      output.result({ event, leaf: found.leaf, out }, () =>
        output.say(`${out}: the decision on ${event} is leaf ${found.leaf}`),
      )
      return EXIT.ok
    } finally {
      await log.close()
    }
  },
}
