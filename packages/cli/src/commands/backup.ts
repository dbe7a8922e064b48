/** `assay backup`: copies a deployment while it runs. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { type LogConfiguration, readLogConfiguration, registryAccess } from "@assay/node/log"
import { SchemaRegistryError } from "@assay/schemas"
import type { KeptSchemas } from "@assay/schemas/registry"
import { processEnvironment } from "@assay/settings"
import { ALL_STREAMS, STREAMS } from "@assay/streams"
import { takeBackup } from "../backup/take.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"

/** What a data directory needs to be read, where its records bear the ids of a registry. */
const schemasOf = ({ kafka, registry }: LogConfiguration): (() => Promise<KeptSchemas>) | null => {
  if (kafka === null || registry == null) return null
  return async () => {
    const { keepSchemas, registryClient } = await import("@assay/schemas/registry")
    try {
      return await keepSchemas(registryClient(registryAccess(registry)), STREAMS, kafka.prefix)
    } catch (cause) {
      if (cause instanceof SchemaRegistryError) throw new UsageError(cause.message)
      throw cause
    }
  }
}

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
operator. With SCHEMA_REGISTRY_URL every version of the log's subjects goes in, with its id (data/schemas.json): what reads the copy
needs no registry. --sealed copies the sealer's directory alone, which is good for as long as nothing is sealed beyond it.`,
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
    const streams = sealedOnly ? [STREAMS.audit, STREAMS.submitted] : ALL_STREAMS
    const onKafka = config.kafka === null ? null : await openForReading(given, { streams })
    try {
      const schemas = sealedOnly ? null : schemasOf(config)
      const asked = { dir, target, log: onKafka, schemas, sealedOnly, include }
      const taken = await takeBackup({ ...asked, onProgress: output.progress })
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
