/** `assay prove` and `assay verify-proof`: one event's place in the log, for somebody who has only the log's key. */
import { readFileSync, writeFileSync } from "node:fs"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { buildProof, decodeVkey, eventOf, leafOf, NoteError, parseProof, verifyProof } from "@assay/transparency"
import { directoryTiles, KeyStore, logDirectory, readPublished } from "@assay/transparency/storage"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, recordsOf, requiredDataDir } from "../open-log.ts"
import { formatOrigin, parseOrigin } from "../origin.ts"

/** What `prove` writes: the proof (C2SP tlog-proof) and the leaf that it proves. */
interface ProofFile {
  readonly event: string
  readonly kind: string
  /** base64 of the leaf. */
  readonly leaf: string
  readonly proof: string
}

export const prove: Command = {
  name: "prove",
  summary: "prove that an event is in the audit log",
  usage: "prove EVENT --out FILE [--data DIR]",
  details:
    "EVENT is a message's origin (its decision is proven), epoch/partition/offset. The file can be checked by anybody with the log's key: assay verify-proof.",
  options: { ...DATA_OPTION, out: { type: "string", value: "FILE", help: "where the proof goes" } },
  run: async (given, output) => {
    const log = await openForReading(given, { streams: [STREAMS.audit] })
    try {
      const origin = parseOrigin(given.positionals[0], log)
      const { partition } = origin
      const dir = requiredDataDir(given, readLogConfiguration(processEnvironment()))
      const directory = logDirectory(dir, partition)
      const checkpoint = await readPublished(directory)
      if (checkpoint === null) throw new UsageError(`${directory} has no checkpoint yet: nothing is sealed`)
      const keys = await KeyStore.read(saltsPath(dir, partition))
      let index = 0
      for await (const record of recordsOf(log, STREAMS.audit, partition)) {
        const event = eventOf(record.value, log.epoch, partition, record.offset)
        if (
          event.kind === "decision" &&
          event.origin.offset === origin.offset &&
          event.origin.partition === partition
        ) {
          const salt = keys.get(event.device)
          if (salt === null)
            throw new UsageError("the key of this event's device was erased: its leaf can no longer be opened")
          const file: ProofFile = {
            event: formatOrigin(origin),
            kind: event.kind,
            leaf: Buffer.from(leafOf(event, record.value, salt)).toString("base64"),
            proof: await buildProof(index, checkpoint, directoryTiles(directory)),
          }
          const out = given.required("out")
          writeFileSync(out, `${JSON.stringify(file, null, 2)}\n`)
          output.result({ event: file.event, leaf: index, out }, () =>
            output.say(`${out}: the decision on ${file.event} is leaf ${index}`),
          )
          return EXIT.ok
        }
        index++
      }
      output.result({ event: formatOrigin(origin), found: false }, () =>
        output.say(`no decision on ${formatOrigin(origin)} is recorded here`),
      )
      return EXIT.failed
    } finally {
      await log.close()
    }
  },
}

export const verifyProofCommand: Command = {
  name: "verify-proof",
  summary: "check a proof that prove wrote, with the log's key alone",
  usage: "verify-proof FILE --key KEYS",
  details: "Needs no data directory and no network.",
  options: { key: { type: "string", value: "KEYS", help: "a file with verifier keys" } },
  run: async (given, output) => {
    const path = given.positionals[0]
    if (path === undefined) throw new UsageError("name the proof: assay verify-proof FILE --key KEYS")
    let file: ProofFile
    let origin: string
    try {
      file = JSON.parse(readFileSync(path, "utf8")) as ProofFile
      origin = parseProof(file.proof).checkpoint.split("\n")[0]!
    } catch (cause) {
      throw new UsageError(`${path} is no proof: ${(cause as Error).message}`)
    }
    const lines = readFileSync(given.required("key"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
    const key = lines.map((line) => decodeVkey(line.trim())).find((candidate) => candidate.name === origin)
    if (key === undefined) throw new UsageError(`--key holds no verifier key for ${origin}`)
    try {
      const { index, head } = verifyProof(file.proof, Buffer.from(file.leaf, "base64"), key)
      output.result({ valid: true, event: file.event, leaf: index, size: head.size, origin }, () =>
        output.say(
          `${output.colour("valid", "green")}: ${file.kind} of ${file.event} is leaf ${index} of the ${head.size} that ${origin} signed`,
        ),
      )
      return EXIT.ok
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      output.result({ valid: false, reason: cause.message }, () =>
        output.say(`${output.colour("NOT VALID", "red")}: ${cause.message}`),
      )
      return EXIT.failed
    }
  },
}
