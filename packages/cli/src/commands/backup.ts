/** `assay backup`: copies a deployment while it runs. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { ALL_STREAMS, STREAMS } from "@assay/streams"
import { takeBackup } from "../backup/take.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"

export const backup: Command = {
  name: "backup",
  summary: "copy a deployment while it runs: log, state, knowledge, keys",
  usage: "backup DIR [--data DIR] [--include FILE,...] [--sealed]",
  details: `Makes DIR, with a copy of the data directory and backup.json, which names every file by its hash. The node goes on: each
partition is copied as of one transaction, and tiles, checkpoint and salts as of what was sealed then. What was activated while the
copy was made may be in some partitions only: activate it again after a restore.
The copy holds the log's key and the salts: it is as secret as the directory itself. Keep the digest that is printed apart.
--include takes further files, such as the pinned roots.
With LOG=kafka every partition of the log is copied as of a moment between two commits, with its offsets and stamps, into a data
directory as an embedded log has it, and with it the directory in which the log is sealed. assay restore makes it a log that is
verified, replayed and run; assay topics grow takes it back to brokers, as the next epoch. The principal reads all streams, as role
operator. --sealed copies the sealer's directory alone, which is good for as long as nothing is sealed beyond it.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    sealed: { type: "boolean", help: "with LOG=kafka: only the directory in which the log is sealed" },
    include: { type: "string", value: "FILES", help: "further files, separated by commas" },
  },
  run: async (given, output) => {
    const [named] = given.positionals
    if (named === undefined) throw new UsageError("name the directory of the backup: assay backup DIR")
    const target = resolve(named)
    if (existsSync(target)) throw new UsageError(`${target} is there already: choose a new directory`)
    const config = readLogConfiguration(processEnvironment())
    const dir = requiredDataDir(given, config)
    const include = (given.text("include") ?? "").split(",").filter((file) => file !== "")
    // The embedded log is copied as of a transaction, and opened in the copy.
    const sealedOnly = given.flag("sealed")
    if (sealedOnly && config.kafka === null)
      throw new UsageError("--sealed is for LOG=kafka: an embedded log lies in the directory, and is copied with it")
    if (config.kafka !== null && config.registry != null && !sealedOnly)
      throw new UsageError(
        "records bear the ids of the schema registry (SCHEMA_REGISTRY_URL), which a data directory does not know: back up the brokers' disks with the services stopped, and the sealer's directory with --sealed",
      )
    const streams = sealedOnly ? [STREAMS.audit, STREAMS.submitted] : ALL_STREAMS
    const onKafka = config.kafka === null ? null : await openForReading(given, { streams })
    try {
      const taken = await takeBackup({ dir, target, log: onKafka, sealedOnly, include, onProgress: output.progress })
      const { manifest, digest } = taken
      const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
      const leaves = manifest.heads.reduce((sum, head) => sum + head.leaves, 0)
      output.result({ target, digest, bytes, leaves, heads: manifest.heads }, () => {
        output.say(`${manifest.files.length} files, ${bytes} bytes, ${leaves} sealed events in ${target}`)
        output.say(`keep apart: assay restore ${named} --digest ${digest}`)
      })
      return EXIT.ok
    } finally {
      await onKafka?.close()
    }
  },
}
