/** `assay backup`: copies a deployment while it runs. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { takeBackup } from "../backup/take.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"

export const backup: Command = {
  name: "backup",
  summary: "copy a deployment's data directory while its node runs: log, state, knowledge, keys",
  usage: "backup DIR [--data DIR] [--include FILE,...]",
  details: `Makes DIR, with a copy of the data directory and backup.json, which names every file by its hash. The node goes on: each
partition is copied as of one transaction, and tiles, checkpoint and salts as of what was sealed then. What was activated while the
copy was made may be in some partitions only: activate it again after a restore.
The copy holds the log's key and the salts: it is as secret as the directory itself. Keep the digest that is printed apart.
--include takes further files, such as the pinned roots.
With LOG=kafka the streams and states lie on the brokers, whose disks have backups of their own; what is copied is the
directory in which the log is sealed. It is good for as long as nothing is sealed beyond it.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
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
    const onKafka =
      config.kafka === null ? null : await openForReading(given, { streams: [STREAMS.audit, STREAMS.submitted] })
    try {
      const taken = await takeBackup({ dir, target, log: onKafka, include, onProgress: output.progress })
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
