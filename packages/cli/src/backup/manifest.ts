/** What a backup says of itself: `backup.json` in its directory, written last. */
import { createHash } from "node:crypto"
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"

export const MANIFEST = "backup.json"
/** The data directory, and what was included beside it. */
export const DATA = "data"
export const INCLUDED = "included"

export interface BackedUpFile {
  /** Below the backup's directory, with `/`. */
  readonly path: string
  readonly bytes: number
  /** SHA-256, hex. */
  readonly sha256: string
}

/** How far one partition is in the backup. */
export interface Head {
  readonly partition: number
  /** The next offset of `submitted`. */
  readonly submitted: number
  /** The next offset of the audit stream, and how many of its events are sealed. */
  readonly audit: number
  readonly leaves: number
}

export interface Manifest {
  readonly version: 1
  /** The Assay that made it. */
  readonly assay: string
  /** `sealed`: only what is sealed, of a log on Kafka. */
  readonly holds: "log" | "sealed"
  readonly epoch: number
  readonly genesis: number
  readonly partitions: number
  /** When it was begun, milliseconds since 1970 by this machine's clock. */
  readonly takenAt: number
  readonly heads: ReadonlyArray<Head>
  readonly files: ReadonlyArray<BackedUpFile>
}

/** Read piece by piece: a partition's file may have hundreds of GB. */
export const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256")
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest("hex")
}

/** All files below the directory, in order, but the manifest. */
export const filesIn = async (dir: string): Promise<ReadonlyArray<BackedUpFile>> => {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((path) => path !== MANIFEST)
    .sort()
  const files: Array<BackedUpFile> = []
  for (const path of names)
    files.push({ path, bytes: statSync(join(dir, path)).size, sha256: await hashOf(join(dir, path)) })
  return files
}

/** @throws UsageError where the directory holds no backup that this version reads */
export const readManifest = (dir: string): { readonly manifest: Manifest; readonly digest: string } => {
  let bytes: Buffer
  try {
    bytes = readFileSync(join(dir, MANIFEST))
  } catch (cause) {
    throw new UsageError(`${dir} holds no finished backup (${MANIFEST}): ${fileProblem(cause)}`)
  }
  const digest = createHash("sha256").update(bytes).digest("hex")
  let manifest: Manifest
  try {
    manifest = JSON.parse(bytes.toString("utf8")) as Manifest
  } catch {
    throw new UsageError(`${join(dir, MANIFEST)} is no JSON: take another backup`)
  }
  if (manifest.version !== 1 || !Array.isArray(manifest.files) || !Array.isArray(manifest.heads))
    throw new UsageError(`${join(dir, MANIFEST)} is of another version than 1: restore it with the Assay that made it`)
  return { manifest, digest }
}
