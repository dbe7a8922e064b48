/** `assay prove`: one decision's place in the log, in a file for somebody who has only the log's key. */
import { keyPath, saltsPath, vkeysPath } from "@assay/integrity-hasher/sealer"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { parseProof, readCheckpoint, verifyProofFile } from "@assay/transparency"
import { KeyStore, logDirectory, readCosigned } from "@assay/transparency/storage"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { findDecision, proofOf } from "../decision-proof.ts"
import { writeOutput } from "../files.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"
import { receiptFor } from "../receipt.ts"
import { placeOf } from "../sealed-place.ts"
import { byAnyKey, keysOf, readKeys } from "../verifier-keys.ts"

/** One that witnesses cosigned, where it covers the leaf; else the newest. */
const checkpointOver = async (directory: string, published: string, leaf: number): Promise<string> => {
  const cosigned = await readCosigned(directory)
  return cosigned !== null && leaf < Number(cosigned.split("\n")[1]) ? cosigned : published
}

/** The proof for readers of SCITT, where the call asks for it. */
const writeReceipt = async (given: Arguments, dir: string, proof: string): Promise<void> => {
  const [receipt, entry] = [given.text("receipt"), given.text("entry")]
  if (receipt === null && entry === null) return
  const { origin } = readCheckpoint(parseProof(proof).checkpoint)
  const known = keysOf(readKeys(vkeysPath(dir)), origin)
  const [proven, log] = byAnyKey(known, (key) => [verifyProofFile(proof, key), key] as const)
  if (entry !== null) writeOutput(entry, proven.entry)
  if (receipt !== null)
    writeOutput(receipt, await receiptFor(proof, proven, log, given.text("log-key") ?? keyPath(dir)))
}

export const prove: Command = {
  name: "prove",
  summary: "prove that an event is in the audit log",
  usage: "prove EVENT --out FILE [--data DIR] [--archive DIR] [--receipt FILE --entry FILE]",
  details: `EVENT is a message's origin (its decision is proven), epoch/partition/offset. The file is a C2SP tlog-proof: the place in the
tree and the signed checkpoint, with what witnesses signed below it where they cosigned one that covers the decision; its extra
data hold the decision and its salt. Anybody with the log's key checks it, without
anything else: assay verify-proof. It discloses this one event; where the device was erased, only what was decided.
--receipt writes the same place in the tree as a COSE receipt (RFC 9942) for tools of SCITT, signed by the log's key (--log-key), and
--entry the leaf's bytes, which such a tool hashes.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    out: { type: "string", value: "FILE", help: "where the proof goes" },
    archive: { type: "string", value: "DIR", help: "where entries lie that assay archive prune took away" },
    receipt: { type: "string", value: "FILE", help: "where a COSE receipt (RFC 9942) goes" },
    entry: { type: "string", value: "FILE", help: "where the leaf's bytes go, for a reader of receipts" },
    "log-key": { type: "string", value: "KEY", help: "with --receipt: the log's key (default log-key.pem in DIR)" },
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
      const proof = await proofOf(directory, checkpoint, keys, { ...found, leaf }, archive).finally(() => keys.close())
      writeOutput(out, proof)
      await writeReceipt(given, dir, proof)
      output.result({ event, leaf, out }, () => output.say(`${out}: the decision on ${event} is leaf ${leaf}`))
      return EXIT.ok
    } finally {
      await log.close()
    }
  },
}
