/** Opening the log beside a running node: a data directory, which readers never lock, or Kafka, where they take nothing. */
import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Log, LogRecord } from "@assay/log"
import { type LogConfiguration, openLog, readLogConfiguration } from "@assay/node/log"
import { type Arguments, UsageError } from "./command.ts"
import { DEFAULT_DIR } from "./data-option.ts"
import { fileProblem } from "./files.ts"

export { DATA_OPTION } from "./data-option.ts"

/** The directory of the call; null where the log is on Kafka and none was named. */
export const dataDirOf = (given: Arguments, { kafka }: LogConfiguration): string | null =>
  given.text("data") ?? (kafka === null ? DEFAULT_DIR : null)

/** For commands that need the directory itself: the embedded log, or what is sealed. @throws UsageError */
export const requiredDataDir = (given: Arguments, config: LogConfiguration): string => {
  const dir = dataDirOf(given, config)
  if (dir === null) throw new UsageError("--data DIR is needed: the directory in which this log is sealed")
  return dir
}

/**
 * Makes the directory and what is missing above it, one step at a time: Node's own recursive mkdir never returns where the
 * file system refuses a directory as if its parent were missing (/proc does).
 * @throws UsageError that names the path which cannot be one
 */
export const makeDataDir = (dir: string): void => {
  const missing: Array<string> = []
  for (let at = resolve(dir); !existsSync(at); at = dirname(at)) missing.unshift(at)
  try {
    for (const path of missing) mkdirSync(path)
  } catch (cause) {
    throw new UsageError(`no data directory can be made at ${dir}: ${fileProblem(cause)}; choose another with --data`)
  }
  if (!statSync(dir).isDirectory())
    throw new UsageError(`${dir} is a file, not a data directory: choose another with --data`)
}

/** @throws UsageError where the directory holds no log; ConfigurationError, LogSetupError, UnavailableError */
export const openForReading = async (given: Arguments): Promise<Log> => {
  const config = readLogConfiguration(process.env)
  const dir = dataDirOf(given, config)
  if (config.kafka === null && dir !== null && !existsSync(join(dir, "assay.json"))) {
    throw new UsageError(
      `there is no Assay data directory at ${dir}: name it with --data DIR, or start one with assay run --data ${dir}`,
    )
  }
  return openLog(config, dir, { readOnly: true })
}

/** All records of one stream partition now kept, in order. */
export async function* recordsOf(
  log: Log,
  stream: string,
  partition: number,
  from?: number,
): AsyncGenerator<LogRecord> {
  const at = { stream, partition }
  const { start, end } = await log.bounds(at)
  for (let next = Math.max(from ?? start, start); next < end; ) {
    const records = await log.read(at, next, 512, 4 << 20)
    if (records.length === 0) return
    yield* records
    next = records.at(-1)!.offset + 1
  }
}
