/** Opening the log beside a running node: a data directory, which readers never lock, or Kafka, where they take nothing. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { type LogConfiguration, type OpenLogOptions, openLog, readLogConfiguration } from "@assay/node/log"
import { DEFAULT_DATA_DIR, processEnvironment } from "@assay/settings"
import { type Arguments, UsageError } from "./command.ts"
import { complain } from "./output.ts"

export { DATA_OPTION } from "./data-option.ts"

/** The directory of the call; null where the log is on Kafka and none was named. */
export const dataDirOf = (given: Arguments, { kafka }: LogConfiguration): string | null =>
  given.text("data") ?? (kafka === null ? DEFAULT_DATA_DIR : null)

/** For commands that need the directory itself: the embedded log, or what is sealed. @throws UsageError */
export const requiredDataDir = (given: Arguments, config: LogConfiguration): string => {
  const dir = dataDirOf(given, config)
  if (dir === null) throw new UsageError("--data DIR is needed: the directory in which this log is sealed")
  return dir
}

/**
 * @param uses on Kafka, what this process is, or which streams it reads: only these topics are asked for, since a principal may
 *   see no others. All where left out
 * @throws UsageError where the directory holds no log; ConfigurationError, LogSetupError, UnavailableError
 */
export const openForReading = async (
  given: Arguments,
  uses: Pick<OpenLogOptions, "roles" | "streams"> = {},
): Promise<Log> => {
  const config = readLogConfiguration(processEnvironment())
  const dir = dataDirOf(given, config)
  if (config.warning !== undefined) complain(`warning: ${config.warning}`)
  if (config.kafka === null && dir !== null && !existsSync(join(dir, "assay.json"))) {
    throw new UsageError(
      `there is no Assay data directory at ${dir}: name it with --data DIR, or start one with assay run --data ${dir}`,
    )
  }
  return openLog(config, dir, { readOnly: true, ...uses })
}

/** All records of one stream partition now kept, in order. */
export async function* recordsOf(
  log: Log,
  stream: string,
  partition: number,
  from?: number,
): AsyncGenerator<LogRecord> {
  const { end } = await log.bounds({ stream, partition })
  yield* recordsIn(log, stream, partition, from, end)
}
