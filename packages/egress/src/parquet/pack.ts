/** A range as files: its rows by day and zone, its evidence, and the manifest that names them. */
import { createHash } from "node:crypto"
import type { ReadingRow } from "@assay/schemas"
import { type LeafEvidence, packEvidence } from "./evidence.ts"
import { parquetOf } from "./file.ts"
import { evidencePath, rowsPath } from "./layout.ts"
import { EXPORT_FORMAT, type Manifest, type ManifestFile } from "./manifest.ts"

/** What a range holds. */
export interface RangeContent {
  readonly evidence: ReadonlyArray<LeafEvidence>
  readonly rows: ReadonlyArray<ReadingRow>
  readonly messages: number
  readonly withheld: number
}

/** What a range is. */
export type RangeHead = Pick<
  Manifest,
  "origin" | "partition" | "leaves" | "base" | "before" | "checkpoint" | "erasures" | "generation" | "next"
>

const fileOf = (path: string, bytes: Uint8Array): ManifestFile => ({
  path,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
})

/** @returns the manifest, and the files by their path in the export. The same content has the same bytes */
export const packRange = (
  { evidence, rows, messages, withheld }: RangeContent,
  head: RangeHead,
): { readonly manifest: Manifest; readonly files: ReadonlyMap<string, Uint8Array> } => {
  const { origin, partition, leaves, generation } = head
  const files = new Map<string, Uint8Array>()
  const rowFiles: Array<Manifest["files"][number]> = []
  for (const [path, list] of Map.groupBy(rows, (row) => rowsPath(row, partition, leaves, generation))) {
    const bytes = parquetOf(list, { "assay.origin": origin, "assay.leaves": `${leaves.from}-${leaves.to}` })
    files.set(path, bytes)
    rowFiles.push({ ...fileOf(path, bytes), rows: list.length })
  }
  const packed = packEvidence(evidence)
  const evidenceFile = evidencePath(partition, leaves, generation)
  files.set(evidenceFile, packed)
  const manifest: Manifest = {
    format: EXPORT_FORMAT,
    ...head,
    messages,
    rows: rows.length,
    withheld,
    files: rowFiles,
    evidence: fileOf(evidenceFile, packed),
  }
  return { manifest, files }
}
