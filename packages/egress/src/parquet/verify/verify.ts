/**
 * Checks an export offline: by nothing but its own directory and the log's verifier keys. Whatever is in the directory anybody may
 * have written; what counts is what follows from leaves that hash to a root which the log's key has signed.
 *
 * Range by range: the leaves of the evidence are put behind those before them; each decision among them is opened, and its leaf
 * tells whether the opening is right; the record that it names by hash is there or withheld; its rows are made anew, and compared
 * with the files. At the end of a run of the exporter the root must be the one that was signed.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { decodeVkey } from "@assay/transparency"
import { filesBelow, manifestsOf } from "../directory.ts"
import { EVIDENCE_DIR, MANIFESTS_DIR, manifestPath, READINGS_DIR, ROOT_FILE } from "../layout.ts"
import { type Manifest, parseExportRoot } from "../manifest.ts"
import type { Totals } from "./log-check.ts"
import { PartitionCheck } from "./partition-check.ts"
import { ExportFindings, type ExportReport } from "./report.ts"
import { checkTable } from "./table.ts"

export interface VerifyExportOptions {
  readonly root: string
  /** Verifier keys of the log's partitions, from outside of the export. */
  readonly keys: ReadonlyArray<string>
  /** Signed checkpoints from elsewhere: the export must reach as far, and have the same leaves. */
  readonly since?: ReadonlyArray<string>
}

/** What lies in the export, and no manifest names it: whoever reads all files of a directory would take it for a part. */
const strangers = (root: string, manifests: ReadonlyArray<Manifest>, findings: ExportFindings): void => {
  const known = new Set(
    manifests.flatMap((one) => [
      manifestPath(one.partition, one.leaves),
      one.evidence.path,
      ...one.files.map(({ path }) => path),
    ]),
  )
  for (const dir of [READINGS_DIR, EVIDENCE_DIR, MANIFESTS_DIR])
    for (const path of filesBelow(root, dir))
      if (!known.has(path)) findings.add("file-added", null, path, "no manifest names this file")
}

/** Of `assay-log:<epoch>:<genesis>`; a log's origin line ends with partition and epoch. */
const epochOf = (log: string): string => log.split(":")[1] ?? ""

/**
 * @returns what was found; a damaged export is a finding, not an exception
 * @throws ManifestError where the directory is no export, NoteError where a key or a checkpoint from outside is none
 */
export const verifyExport = async ({ root, keys, since = [] }: VerifyExportOptions): Promise<ExportReport> => {
  const findings = new ExportFindings()
  const totals: Totals = { rows: 0, messages: 0, erased: 0, withheld: 0, kept: 0 }
  const { log, outcomes, partitions } = parseExportRoot(readFileSync(join(root, ROOT_FILE), "utf8"))
  const byPartition = keys.map(decodeVkey)
  const covered: Array<ExportReport["covered"][number]> = []
  const all: Array<Manifest> = []
  for (let partition = 0; partition < partitions; partition++) {
    let manifests: ReadonlyArray<Manifest> = []
    try {
      manifests = manifestsOf(root, partition)
    } catch (cause) {
      findings.add("manifest-unreadable", partition, null, (cause as Error).message)
      continue
    }
    all.push(...manifests)
    const named = byPartition.filter(({ name }) => name.endsWith(`/${partition}/${epochOf(log)}`))
    const line = new PartitionCheck({
      root,
      partition,
      keys: named,
      since,
      outcomes: new Set(outcomes),
      findings,
      totals,
    })
    for (const manifest of manifests) await line.range(manifest)
    line.end()
    covered.push(...line.covered)
  }
  strangers(root, all, findings)
  await checkTable(root, all, findings)
  return {
    findings: findings.list,
    found: findings.found,
    ...totals,
    files: all.reduce((sum, { files }) => sum + files.length, 0),
    covered,
  }
}
