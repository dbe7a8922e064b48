/** The files of one manifest against what the evidence says they hold. */
import { createHash } from "node:crypto"
import { lstatSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ReadingRow } from "@assay/schemas"
import { rowsOfParquet } from "../file.ts"
import type { ManifestFile } from "../manifest.ts"
import type { ExportFindings } from "./report.ts"
import { compareRows } from "./rows.ts"

/** Beyond it a file is none that an export writes. */
const MAX_FILE = 1 << 30

/**
 * The bytes of a file, where they are those that the manifest names; null where it is not there, is no plain file, or is larger
 * than a file of an export can be.
 */
export const bytesOf = (root: string, path: string): Uint8Array | null => {
  try {
    const stat = lstatSync(join(root, path))
    return stat.isFile() && stat.size <= MAX_FILE ? readFileSync(join(root, path)) : null
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null
    throw cause
  }
}

const isNamed = (bytes: Uint8Array, file: ManifestFile): boolean =>
  bytes.length === file.bytes && createHash("sha256").update(bytes).digest("hex") === file.sha256

/** The evidence's bytes, changed or not; null (with a finding) where there are none. */
export const evidenceBytes = (
  root: string,
  partition: number,
  file: ManifestFile,
  findings: ExportFindings,
): Uint8Array | null => {
  const bytes = bytesOf(root, file.path)
  if (bytes === null) {
    findings.add("evidence-missing", partition, file.path, "the evidence is not there: its rows cannot be checked")
    return null
  }
  if (!isNamed(bytes, file))
    findings.add("evidence-altered", partition, file.path, "it is not the file that the manifest names")
  return bytes
}

/** Compares one file with the rows that it should have. */
export const checkFile = async (
  root: string,
  partition: number,
  file: ManifestFile,
  wanted: ReadonlyArray<ReadingRow>,
  findings: ExportFindings,
): Promise<void> => {
  const { path } = file
  const bytes = bytesOf(root, path)
  if (bytes === null) {
    findings.add("file-missing", partition, path, `it is not there, with its ${wanted.length} rows`)
    return
  }
  if (!isNamed(bytes, file)) findings.add("file-altered", partition, path, "it is not the file that the manifest names")
  try {
    for (const { kind, message } of compareRows(wanted, await rowsOfParquet(bytes)))
      findings.add(kind, partition, path, message)
  } catch (cause) {
    findings.add("file-altered", partition, path, `it cannot be read: ${(cause as Error).message}`)
  }
}
