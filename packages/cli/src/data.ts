/** Opening the log beside a running node: a data directory, which readers never lock, or Kafka, where they take nothing. */
import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Log, LogRecord } from "@assay/log"
import { type LogConfiguration, openLog, readLogConfiguration } from "@assay/node/log"
import type { Origin } from "@assay/trust"
import { type Arguments, type Option, UsageError } from "./command.ts"
import { fileProblem } from "./files.ts"

const DEFAULT_DIR = "data"

/** Every command that looks at a data directory takes it the same way. */
export const DATA_OPTION: Readonly<Record<string, Option>> = {
  data: {
    type: "string",
    value: "DIR",
    help: `the data directory of the node (default ${DEFAULT_DIR}; with LOG=kafka none)`,
  },
}

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

/** A message's id as people write it: `epoch/partition/offset`, or `partition/offset` of the present epoch. */
export const formatOrigin = (origin: Origin): string => `${origin.epoch}/${origin.partition}/${origin.offset}`

/** @throws UsageError */
export const parseOrigin = (text: string | undefined, log: Log): Origin => {
  const parts = (text ?? "").split("/").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  const [epoch, partition, offset] = parts.length === 2 ? [log.epoch, ...parts] : parts
  const origin = { epoch: epoch ?? Number.NaN, partition: partition ?? Number.NaN, offset: offset ?? Number.NaN }
  if (parts.length > 3 || !Object.values(origin).every(Number.isSafeInteger)) {
    throw new UsageError(
      `a message is named by its origin, epoch/partition/offset (for example 0/0/42), not ${JSON.stringify(text ?? "")}`,
    )
  }
  if (origin.epoch !== log.epoch || origin.partition >= log.partitions) {
    throw new UsageError(`this log is of epoch ${log.epoch} and has ${log.partitions} partitions: it holds no ${text}`)
  }
  return origin
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
