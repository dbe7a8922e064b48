/**
 * Takes a backup while the node runs. The log first, each partition as of one transaction; then the files that belong to it, as
 * of the sealer's row in that copy. Tiles and salts are only ever added to, so what is copied later has all that the row
 * needs; where a key was erased meanwhile, everything is copied again.
 */
import { constants } from "node:fs"
import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { copySaltsTo, copySealed, keyFilesIn, saltsPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { copyEmbedded } from "@assay/log/embedded"
import { copyKeptSchemas, openDirectory, writeKeptSchemas } from "@assay/node/log"
import type { KeptSchemas } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { KeyStore, makeDirectory, syncDirectory } from "@assay/transparency/storage"
import { UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { version } from "../version.ts"
import { syncTree } from "./durable.ts"
import { DATA, filesIn, type Head, hashOf, INCLUDED, MANIFEST, type Manifest } from "./manifest.ts"

/** An erasure needs two signatures; several within one copy, again and again, are none. */
const TRIES = 5
/** What lies beside the partitions, made once or seldom, with the key files. */
const KEY_DIRECTORIES = ["vkeys"]

export interface BackupOptions {
  /** The data directory; on a log that is on Kafka, the sealer's. */
  readonly dir: string
  /** Made by this call. */
  readonly target: string
  /** A log on Kafka. Null: the log lies in the directory. */
  readonly log: Log | null
  /** Copy only what is sealed of the log; of a log on Kafka alone. */
  readonly sealedOnly: boolean
  /** Asks for the schemas whose ids the records bear; null: they bear those of `schemas/ids.json`. Asked once the records are read. */
  readonly schemas: (() => Promise<KeptSchemas>) | null
  /** Further files: roots, configuration, keys that lie elsewhere. */
  readonly include: ReadonlyArray<string>
  readonly onProgress: (what: string) => void
}

export interface Backup {
  readonly manifest: Manifest
  /** SHA-256 of the manifest, which names every file by its own: keep it apart. */
  readonly digest: string
}

const erasedIn = async (dir: string, partitions: number): Promise<ReadonlyArray<number>> => {
  const counts: Array<number> = []
  for (let partition = 0; partition < partitions; partition++) {
    const keys = await KeyStore.read(saltsPath(dir, partition))
    counts.push(keys.erasedCount)
    await keys.close()
  }
  return counts
}

const headOf = async (log: Log, partition: number, leaves: number): Promise<Head> => {
  const endOf = async (stream: string): Promise<number> => (await log.bounds({ stream, partition })).end
  return { partition, submitted: await endOf(STREAMS.submitted), audit: await endOf(STREAMS.audit), leaves }
}

interface Copied {
  readonly log: Pick<Log, "epoch" | "genesis" | "partitions">
  readonly heads: ReadonlyArray<Head>
}

/** @returns null where a key was erased meanwhile */
const copyOnce = async (options: BackupOptions, data: string): Promise<Copied | null> => {
  const { dir, onProgress, sealedOnly } = options
  const shape = options.log ?? (await openDirectory({ dir, readOnly: true }))
  const { epoch, genesis, partitions } = shape
  if (options.log === null) await shape.close()
  const before = await erasedIn(dir, partitions)
  if (options.log === null) {
    onProgress("copying the log ...")
    await copyEmbedded(dir, data)
    copyKeptSchemas(dir, data)
  } else if (!sealedOnly) {
    // An embedded log is copied without the client of Kafka.
    const { copyFromKafka } = await import("./from-kafka.ts")
    await copyFromKafka(options.log, data, (partition) => onProgress(`copying partition ${partition} of the log ...`))
    if (options.schemas !== null) writeKeptSchemas(data, await options.schemas())
  }
  const copy = sealedOnly ? null : await openDirectory({ dir: data, readOnly: true })
  const log = copy ?? options.log!
  const heads: Array<Head> = []
  try {
    for (let partition = 0; partition < partitions; partition++) {
      onProgress(`copying what is sealed of partition ${partition} ...`)
      const leaves = await copySealed(log, dir, data, partition)
      await copySaltsTo(dir, data, partition)
      heads.push(await headOf(log, partition, leaves))
    }
  } finally {
    await copy?.close()
  }
  const after = await erasedIn(data, partitions)
  return after.every((count, partition) => count === before[partition])
    ? { log: { epoch, genesis, partitions }, heads }
    : null
}

const copyConsistently = async (options: BackupOptions, data: string): Promise<Copied> => {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await rm(data, { recursive: true, force: true })
    await makeDirectory(data)
    const copied = await copyOnce(options, data)
    if (copied !== null) return copied
    options.onProgress("a device was erased meanwhile: copying again ...")
  }
  throw new Error(`devices were erased during each of ${TRIES} copies: try again later`)
}

const copyIncluded = async (files: ReadonlyArray<string>, target: string): Promise<void> => {
  if (files.length === 0) return
  await mkdir(join(target, INCLUDED), { mode: 0o700 })
  for (const file of files) {
    try {
      await copyFile(file, join(target, INCLUDED, basename(file)), constants.COPYFILE_EXCL)
    } catch (cause) {
      const twice = (cause as NodeJS.ErrnoException).code === "EEXIST"
      throw new UsageError(`--include ${file}: ${twice ? "another file of this name is included" : fileProblem(cause)}`)
    }
  }
}

/** @throws UsageError where the target is there; DataDirError, MissingTileError; nothing is left at the target then */
export const takeBackup = async (options: BackupOptions): Promise<Backup> => {
  const { dir, target, include } = options
  const partial = `${target}.partial`
  const takenAt = Date.now()
  await rm(partial, { recursive: true, force: true })
  await makeDirectory(partial)
  try {
    const data = join(partial, DATA)
    const { log, heads } = await copyConsistently(options, data)
    for (const name of await keyFilesIn(dir)) await copyFile(join(dir, name), join(data, name))
    for (const name of KEY_DIRECTORIES) {
      await mkdir(join(data, name), { mode: 0o700 })
      const files = await readdir(join(dir, name)).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return []
        throw cause
      })
      for (const file of files) await copyFile(join(dir, name, file), join(data, name, file))
    }
    await copyIncluded(include, partial)
    options.onProgress("hashing ...")
    const holds = options.sealedOnly ? ("sealed" as const) : ("log" as const)
    const { epoch, genesis, partitions } = log
    const files = await filesIn(partial)
    const manifest: Manifest = {
      version: 1,
      assay: version,
      holds,
      epoch,
      genesis,
      partitions,
      takenAt,
      heads,
      files,
    }
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
    await syncTree(partial)
    await rename(partial, target)
    await syncDirectory(join(target, ".."))
    return { manifest, digest: await hashOf(join(target, MANIFEST)) }
  } catch (cause) {
    await rm(partial, { recursive: true, force: true })
    throw cause
  }
}
