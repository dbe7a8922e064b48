/** `assay export parquet`: what is sealed by now, as Parquet files with the proof beside them. */
import { existsSync, mkdirSync } from "node:fs"
import { resolve } from "node:path"
import { exportParquet, MissingRecordError, type ParquetOutcome } from "@assay/egress/parquet"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { lockDir } from "@assay/log/embedded"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { KeyStore } from "@assay/transparency/storage"
import { choose } from "../choice.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { openForReading, requiredDataDir } from "../open-log.ts"
import type { Output } from "../output.ts"
import { sinceOf } from "../since-time.ts"

const OUTCOMES = ["verified", "annotated"] as const

/** @throws UsageError where another export has the directory, or it cannot be made */
const lockRoot = (root: string): (() => void) => {
  try {
    mkdirSync(root, { recursive: true })
    return lockDir(root)
  } catch (cause) {
    throw new UsageError(`--to ${root} cannot be used: ${fileProblem(cause)}`)
  }
}

/** Rows of held or rejected messages are made by nobody. @throws UsageError */
const outcomesOf = (given: Arguments): ReadonlyArray<ParquetOutcome> => {
  if (!given.isGiven("outcome")) return ["verified"]
  const names = new Set(given.required("outcome").split(","))
  return [...names].map((name) => choose("--outcome of assay export parquet", name.trim(), OUTCOMES))
}

/** @throws UsageError */
const locationOf = (given: Arguments, root: string): string | null => {
  const named = given.text("location")
  if (named === null) return given.flag("iceberg") ? `file://${resolve(root)}` : null
  if (!given.flag("iceberg")) throw new UsageError("--location goes with --iceberg")
  const location = named.replace(/\/+$/, "")
  if (!/^[a-z][a-z0-9]*:\/\/\S*[^/\s]$/.test(location))
    throw new UsageError(`--location takes a URI, as in s3://bucket/readings, not ${JSON.stringify(named)}`)
  return location
}

export const runExportParquet = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const root = given.required("to")
  if (root === "-") throw new UsageError("assay export parquet needs --to DIR: where the files go")
  for (const option of ["follow", "group", "state", "metrics", "from-start"])
    if (given.isGiven(option))
      throw new UsageError(`assay export parquet takes no --${option}: it exports what is sealed by now`)
  const outcomes = outcomesOf(given)
  const since = given.text("since")
  const sinceMs = since === null ? null : sinceOf(since)
  const location = locationOf(given, root)
  const dataDir = requiredDataDir(given, readLogConfiguration(processEnvironment()))
  const log = await openForReading(given, { streams: [STREAMS.audit, ...outcomes.map((outcome) => STREAMS[outcome])] })
  try {
    if (!existsSync(saltsPath(dataDir, 0)))
      throw new UsageError(`${dataDir} is not the directory in which this log is sealed: name that one with --data`)
    const release = lockRoot(root)
    try {
      const done = await exportParquet({
        log,
        root,
        dataDir,
        outcomes,
        sinceMs,
        location,
        archive: given.text("archive"),
        keysOf: (partition) => KeyStore.read(saltsPath(dataDir, partition)),
        onRange: ({ partition, leaves: { from, to }, rows }) =>
          output.progress(`partition ${partition}: leaves ${from} to ${to}, ${rows} rows`),
      })
      output.result(done, () => {
        output.say(
          `${done.rows} rows of ${done.messages} messages in ${done.files} files, ${done.bytes} bytes, to ${root}`,
        )
        if (done.table !== null)
          output.say(
            `Iceberg table, version ${done.table.version}: ${done.table.rows} rows in ${done.table.files} files`,
          )
        if (done.withheld > 0) output.say(`${done.withheld} messages of erased devices are left out`)
        if (done.forgotten > 0)
          output.say(
            `${done.forgotten} messages of devices that were erased since are taken out; ${done.rewritten} ranges were written anew`,
          )
      })
      return EXIT.ok
    } catch (cause) {
      if (!(cause instanceof MissingRecordError)) throw cause
      throw new UsageError(`${cause.message}. What retention took, --since TIME of a new export leaves out`)
    } finally {
      release()
    }
  } finally {
    await log.close()
  }
}
