/** `assay successor`: the log goes on under another name and key, where its key was lost or stolen. */
import { generateKeyPairSync } from "node:crypto"
import { existsSync } from "node:fs"
import {
  generationOf,
  isKeyExchanged,
  keyPath,
  nextKeyPath,
  openSuccessorKeys,
  originOf,
  type Successor,
  succeedLog,
  vkeyPath,
} from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { openCheckpoint, openCosigned, type Policy, readCheckpoint, type TreeHead } from "@assay/transparency"
import {
  createKeyFile,
  logDirectory,
  olderDirectory,
  readCosigned,
  readKeyFile,
  readPublished,
} from "@assay/transparency/storage"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { DATA_OPTION, requiredDataDir } from "../open-log.ts"
import { byAnyKey, keysOf, logsOf, policyIn, readKeys } from "../verifier-keys.ts"

interface Last {
  readonly head: TreeHead
  readonly note: string
}

/** What ends the old log of each partition. */
const lastOf = (
  given: Arguments,
  log: Log,
  data: string,
  generation: number,
): ((partition: number) => Promise<Last | null>) => {
  const [policyFile, lastFile] = [given.text("witness-policy"), given.text("last")]
  if ((policyFile === null) === (lastFile === null))
    throw new UsageError(
      "name what the old log ends with: --witness-policy FILE, or --last CHECKPOINT of a log with one partition",
    )
  if (lastFile !== null && log.partitions > 1)
    throw new UsageError(
      `--last is one checkpoint, and the log has ${log.partitions} partitions: --witness-policy FILE finds that of each`,
    )
  const policy: Policy | null = policyFile === null ? null : policyIn(policyFile)
  const keys = readKeys(given.required("key"))
  return async (partition) => {
    const own = logDirectory(data, partition)
    const older = olderDirectory(own, generation)
    const directory = existsSync(older) ? older : own
    if ((await readPublished(directory)) === null) return null
    const origin = originOf(log.epoch, partition, generation)
    const known = keysOf(keys, origin)
    const note =
      policy === null ? readInput(lastFile!, "the last checkpoint").toString("utf8") : await readCosigned(directory)
    if (note === null)
      throw new UsageError(
        `${origin}: no checkpoint is cosigned by witnesses: name one that you kept outside with --last`,
      )
    const head =
      policy === null
        ? byAnyKey(known, (key) => openCheckpoint(note, key))
        : byAnyKey(known, (key) => openCosigned(note, key, policy).head)
    return { head, note }
  }
}

/**
 * What a call has done that was stopped behind its last step: the keys that are given are those of the log before this one, and none of
 * them is this one's. Null where there is something to do.
 */
const doneBefore = async (
  given: Arguments,
  log: Log,
  data: string,
  generation: number,
): Promise<ReadonlyArray<Successor> | null> => {
  const known = logsOf(readKeys(given.required("key")))
  const isNamed = (of: number): boolean => known.includes(originOf(log.epoch, 0, of))
  if (generation === 1 || !isNamed(generation - 1) || isNamed(generation)) return null
  const done: Array<Successor> = []
  for (let partition = 0; partition < log.partitions; partition++) {
    const ended = await readPublished(olderDirectory(logDirectory(data, partition), generation - 1))
    done.push({
      partition,
      origin: originOf(log.epoch, partition, generation),
      vkey: readKeyFile(vkeyPath(data, partition)).trim(),
      after: ended === null ? null : readCheckpoint(ended).size,
      undone: [],
    })
  }
  return done
}

/** The successor's keys: those that the call refers to, or one of the directory's own. */
const keysFor = async (
  given: Arguments,
  log: Log,
  data: string,
  generation: number,
): ReturnType<typeof openSuccessorKeys> => {
  const references = given.text("log-keys")
  if (references !== null) return openSuccessorKeys(references.split(","))
  const path = (await isKeyExchanged(log, generation)) ? keyPath(data) : nextKeyPath(data)
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    createKeyFile(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString(), 0o600)
  }
  return openSuccessorKeys([path])
}

const endLog = async (
  given: Arguments,
  log: Log,
  data: string,
  generation: number,
): Promise<ReadonlyArray<Successor>> => {
  const last = lastOf(given, log, data, generation)
  const keys = await keysFor(given, log, data, generation)
  try {
    return await succeedLog({ log, dir: data, generation, keys, last })
  } finally {
    await keys.close()
  }
}

export const successor: Command = {
  name: "successor",
  summary: "let the audit log go on under another name and key, where its key was lost or stolen",
  usage: "successor --key KEYS --witness-policy FILE | --last CHECKPOINT [--data DIR] [--log-keys KEYS]",
  details: `The node must not run. The old log ends with the last checkpoint that somebody else vouches for: the newest that the witnesses of
the policy cosigned, or CHECKPOINT, kept outside. It is the first leaf of the successor; the events since are its other leaves. What the
old key signed beyond it counts no more, whoever signed it. KEYS are the old log's verifier keys, kept outside of the data directory.
The new key is made in the data directory, or is what --log-keys refers to, as ASSAY_LOG_KEYS does.
Stopped at any point it is called again, with the same keys. Then: start the node, hand out the new verifier keys (vkeys/), and take the old ones out of the
policies of witnesses and monitors. assay verify checks both logs, with the verifier keys of both in --key.`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    key: { type: "string", value: "KEYS", help: "the old log's verifier keys, from outside" },
    "witness-policy": { type: "string", value: "FILE", help: "whose cosignatures count (C2SP tlog-policy)" },
    last: { type: "string", value: "CHECKPOINT", help: "the last checkpoint that counts, kept outside" },
    "log-keys": { type: "string", value: "KEYS", help: "references to the successor's keys (default: a new file)" },
  },
  run: async (given, output) => {
    const config = readLogConfiguration(processEnvironment())
    const data = requiredDataDir(given, config)
    const log = await openLog(config, data, { roles: ["sealer"] })
    try {
      const generation = await generationOf(log)
      const before = await doneBefore(given, log, data, generation)
      const done = before ?? (await endLog(given, log, data, generation))
      output.result({ generation: before === null ? generation + 1 : generation, logs: done }, () => {
        if (before !== null) output.say("an earlier call has done it: nothing is changed")
        for (const { origin, after, vkey, undone } of done) {
          output.say(`${origin}: ${after === null ? "begins anew" : `goes on after ${after} leaves`}`)
          output.say(`  ${vkey}`)
          for (const why of undone) output.say(`  ${output.colour("NOT ERASED", "red")}: ${why}`)
        }
      })
      return EXIT.ok
    } finally {
      await log.close()
    }
  },
}
