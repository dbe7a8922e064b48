/**
 * Where things lie in an export:
 *
 *   assay-export.json                                           what it is an export of
 *   readings/day=2026-11-28/zone_id=press/p000-0-16384.parquet   rows of the leaves from 0 to 16384 of partition 0
 *   manifests/p000/000000000000-000000016384.json               which files are part of the export: what no manifest names is not
 *   evidence/p000/000000000000-000000016384.bin                 what proves the rows against the log
 *   erased/p000.json                                            which erased devices were taken out of it so far
 *   _staging/p000/                                              a range that is being written
 *
 * A range that was written anew, since a device was erased, has `-g1`, `-g2`, ... in the names of its files: nobody who reads the old
 * ones finds half of each.
 */
import type { ReadingRow } from "@assay/schemas"

/** The leaves of a partition's log that a manifest covers: from the first, up to the last without it. */
export interface Range {
  readonly from: number
  readonly to: number
}

export const ROOT_FILE = "assay-export.json"
export const READINGS_DIR = "readings"
export const MANIFESTS_DIR = "manifests"
export const EVIDENCE_DIR = "evidence"
export const ERASED_DIR = "erased"
export const STAGING_DIR = "_staging"

export const partitionName = (partition: number): string => `p${String(partition).padStart(3, "0")}`

const padded = (leaf: number): string => String(leaf).padStart(12, "0")
const rangeName = ({ from, to }: Range): string => `${padded(from)}-${padded(to)}`

export const manifestPath = (partition: number, range: Range): string =>
  `${MANIFESTS_DIR}/${partitionName(partition)}/${rangeName(range)}.json`

const generationName = (generation: number): string => (generation === 0 ? "" : `-g${generation}`)

export const evidencePath = (partition: number, range: Range, generation = 0): string =>
  `${EVIDENCE_DIR}/${partitionName(partition)}/${rangeName(range)}${generationName(generation)}.bin`

export const erasedPath = (partition: number): string => `${ERASED_DIR}/${partitionName(partition)}.json`

/** The day (UTC) on which a row's message came in. */
const dayOf = ({ ingestedAt }: ReadingRow): string => new Date(ingestedAt).toISOString().slice(0, 10)

/** A zone as a directory's name: what is not plain is percent-encoded, as Hive does it, so that no name leads elsewhere. */
const zoneIdOf = ({ zone }: ReadingRow): string =>
  zone === null
    ? "__HIVE_DEFAULT_PARTITION__"
    : Array.from(Buffer.from(zone.slice(0, 128)), (byte) => {
        const char = String.fromCharCode(byte)
        return /[A-Za-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      }).join("")

/** The file that a row goes to. */
export const rowsPath = (row: ReadingRow, partition: number, { from, to }: Range, generation = 0): string => {
  const file = `${partitionName(partition)}-${from}-${to}${generationName(generation)}.parquet`
  return `${READINGS_DIR}/day=${dayOf(row)}/zone_id=${zoneIdOf(row)}/${file}`
}
