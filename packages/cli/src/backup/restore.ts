/**
 * Makes a data directory of a backup, and shows that it can be gone on from before it has its name: every file has the hash of
 * the manifest, every leaf is that of its event under the log's key, every state can be read and is as of its group's position.
 */
import { existsSync, readdirSync, statSync } from "node:fs"
import { chmod, copyFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type CheckedState, checkState } from "@assay/engine"
import { openDirectory } from "@assay/node/log"
import { readCheckpoint } from "@assay/transparency"
import { logDirectory, makeDirectory, readPublished, syncDirectory } from "@assay/transparency/storage"
import type { RootSet } from "@assay/trust"
import { UsageError } from "../command.ts"
import { groupsOver } from "../services.ts"
import { type LogReport, verifyLog } from "../verify.ts"
import { syncTree } from "./durable.ts"
import { type BackedUpFile, DATA, hashOf, type Manifest } from "./manifest.ts"

export interface RestoreOptions {
  readonly backup: string
  readonly manifest: Manifest
  /** Must not be there, or be empty. */
  readonly dir: string
  /** Verifier keys, a line each. */
  readonly keys: string
  readonly roots: RootSet
  readonly onProgress: (what: string) => void
}

export interface Restored {
  /** What is wrong with it; where there is anything, no directory was made. */
  readonly findings: ReadonlyArray<string>
  readonly leaves: number
  readonly states: ReadonlyArray<CheckedState & { readonly partition: number }>
  /** Milliseconds that each part took. */
  readonly ms: { readonly copy: number; readonly verify: number; readonly state: number }
}

/** A name of the manifest that leads out of the directory is none of ours. */
const isInside = (path: string): boolean =>
  !path.split("/").some((part) => part === "" || part === "." || part === "..")

const copyChecked = async (from: string, to: string, { path, bytes, sha256 }: BackedUpFile): Promise<string | null> => {
  const source = join(from, path)
  if (!existsSync(source)) return `${path} is missing`
  if (statSync(source).size !== bytes) return `${path} has ${statSync(source).size} bytes, the manifest says ${bytes}`
  await makeDirectory(dirname(to))
  await copyFile(source, to)
  await chmod(to, 0o600)
  // The copy is hashed, not the source: what lies in the directory is what was checked.
  if ((await hashOf(to)) !== sha256) return `${path} is not what was backed up: its SHA-256 is another`
  return null
}

const verifyAll = async (
  { manifest, keys, roots, onProgress }: RestoreOptions,
  partial: string,
): Promise<{ readonly findings: ReadonlyArray<string>; readonly reports: ReadonlyArray<LogReport> }> => {
  const log = await openDirectory({ dir: partial, readOnly: true })
  const findings: Array<string> = []
  const reports: Array<LogReport> = []
  try {
    for (const { partition, leaves } of manifest.heads) {
      onProgress(`verifying partition ${partition} ...`)
      const directory = logDirectory(partial, partition)
      const published = await readPublished(directory)
      const size = published === null ? 0 : readCheckpoint(published).size
      if (size !== leaves)
        findings.push(`partition ${partition}: ${size} leaves are sealed, the manifest says ${leaves}`)
      if (published === null) continue
      const report = await verifyLog(log, partial, { partition, directory, keys, roots })
      reports.push(report)
      if (!report.intact) findings.push(`partition ${partition}: ${report.summary}`)
    }
    return { findings, reports }
  } finally {
    await log.close()
  }
}

const checkStates = async (
  { manifest, roots, onProgress }: RestoreOptions,
  partial: string,
): Promise<{ readonly findings: ReadonlyArray<string>; readonly states: Restored["states"] }> => {
  const log = await openDirectory({ dir: partial, readOnly: true })
  const findings: Array<string> = []
  const states: Array<CheckedState & { readonly partition: number }> = []
  try {
    for (let partition = 0; partition < manifest.partitions; partition++) {
      onProgress(`reading the states of partition ${partition} ...`)
      for (const stages of groupsOver(log)) {
        try {
          const state = await checkState(log, stages(), partition, roots)
          if (state !== null) states.push({ ...state, partition })
        } catch (cause) {
          findings.push((cause as Error).message)
        }
      }
    }
    return { findings, states }
  } finally {
    await log.close()
  }
}

/**
 * Checks what is in the directory, and gives it its name where nothing is wrong.
 * @throws UsageError where the directory is in use, or the backup holds no log
 */
export const restoreBackup = async (options: RestoreOptions): Promise<Restored> => {
  const { backup, manifest, dir, onProgress } = options
  if (manifest.holds !== "log")
    throw new UsageError(
      `${backup} holds what is sealed of a log on Kafka, and no log (--sealed): copy ${DATA} to where the sealer's directory was, and see the guide (operations.md, backup)`,
    )
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new UsageError(`${dir} is not empty: restore into a new directory, and compare before you take one away`)
  const partial = `${dir}.partial`
  await rm(partial, { recursive: true, force: true })
  await makeDirectory(partial)
  const findings: Array<string> = []
  const begun = performance.now()
  onProgress("copying and hashing ...")
  for (const file of manifest.files) {
    if (!isInside(file.path)) findings.push(`${file.path} leads out of the backup`)
    if (!isInside(file.path) || !file.path.startsWith(`${DATA}/`)) continue
    const problem = await copyChecked(backup, join(partial, file.path.slice(DATA.length + 1)), file)
    if (problem !== null) findings.push(problem)
  }
  const copied = performance.now()
  const none = { findings: [], reports: [] }
  const verified = findings.length > 0 ? none : await verifyAll(options, partial)
  const seen = performance.now()
  const stated = findings.length > 0 ? { findings: [], states: [] } : await checkStates(options, partial)
  findings.push(...verified.findings, ...stated.findings)
  if (findings.length > 0) await rm(partial, { recursive: true, force: true })
  else {
    await rm(dir, { recursive: true, force: true })
    await syncTree(partial)
    await rename(partial, dir)
    await syncDirectory(dirname(dir))
  }
  return {
    findings,
    leaves: verified.reports.reduce((sum, { size }) => sum + size, 0),
    states: stated.states,
    ms: { copy: copied - begun, verify: seen - copied, state: performance.now() - seen },
  }
}
