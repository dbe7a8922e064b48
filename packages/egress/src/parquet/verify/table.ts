/** An Iceberg table beside the files: whoever reads it must read what the manifests name, no file more, less, or twice. */

import { METADATA_DIR } from "../iceberg/layout.ts"
import { dataFilesOf, readTable } from "../iceberg/table.ts"
import type { Manifest } from "../manifest.ts"
import type { ExportFindings } from "./report.ts"

/** @param manifests of all partitions */
export const checkTable = async (
  root: string,
  manifests: ReadonlyArray<Manifest>,
  findings: ExportFindings,
): Promise<void> => {
  const add = (message: string): void => findings.add("table-differs", null, METADATA_DIR, message)
  try {
    const table = readTable(root)
    if (table === null) return
    const { metadata } = table
    const left = new Map(manifests.flatMap(({ files }) => files).map((file) => [file.path, file.rows]))
    for (const { file_path, record_count } of await dataFilesOf(root, metadata)) {
      const path = file_path.startsWith(`${metadata.location}/`) ? file_path.slice(metadata.location.length + 1) : ""
      const rows = left.get(path)
      left.delete(path)
      if (rows === undefined)
        add(`the table names ${JSON.stringify(file_path)}, and no manifest does, or it does so twice`)
      else if (rows !== record_count) add(`the table says ${record_count} rows of ${path}, and its manifest ${rows}`)
    }
    for (const path of left.keys()) add(`the table does not name ${path}`)
  } catch (cause) {
    add(`the table cannot be read: ${(cause as Error).message}`)
  }
}
