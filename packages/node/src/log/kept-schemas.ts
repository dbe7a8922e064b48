/** A data directory whose records bear the ids of a schema registry: the schemas lie beside them, and no registry is asked. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Log, LogSetupError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { SchemaRegistryError } from "@assay/schemas"
import type { KeptSchemas } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { registeredLog } from "./registered.ts"

/** In a data directory that was made of a log on Kafka with a registry; in no other. */
const KEPT_SCHEMAS = "schemas.json"

/** The file's text; null where the directory has none. */
const keptSchemasIn = (dir: string): string | null => {
  try {
    return readFileSync(join(dir, KEPT_SCHEMAS), "utf8")
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null
    throw cause
  }
}

const write = (dir: string, text: string): void =>
  writeFileSync(join(dir, KEPT_SCHEMAS), text, { mode: 0o600, flush: true })

export const writeKeptSchemas = (dir: string, kept: KeptSchemas): void =>
  write(dir, `${JSON.stringify(kept, null, 2)}\n`)

/** For records that are copied as they are, so under the same ids. @returns whether there were any */
export const copyKeptSchemas = (from: string, to: string): boolean => {
  const text = keptSchemasIn(from)
  if (text !== null) write(to, text)
  return text !== null
}

/**
 * @param log of the directory; closed where this fails
 * @param toWrite whether this process writes to it
 * @returns the log itself where its records bear the ids of `schemas/ids.json`
 * @throws LogSetupError that names the file
 */
export const withKeptSchemas = async (log: Log, dir: string, toWrite: boolean): Promise<Log> => {
  try {
    const text = keptSchemasIn(dir)
    if (text === null) return log
    // Loaded when it is needed: few directories have the file.
    const { bindKept, readKept } = await import("@assay/schemas/registry")
    return registeredLog(log, bindKept(readKept(text), STREAMS, toWrite))
  } catch (cause) {
    await log.close()
    if (!(cause instanceof SchemaRegistryError)) throw cause
    throw new LogSetupError(`${join(dir, KEPT_SCHEMAS)}: ${cause.message}`, { cause })
  }
}

/** An embedded log with what its records need to be read. @throws DataDirError, LogSetupError */
export const openDirectory = async (options: Parameters<typeof openEmbedded>[0]): Promise<Log> =>
  withKeptSchemas(await openEmbedded(options), options.dir, options.readOnly !== true)
