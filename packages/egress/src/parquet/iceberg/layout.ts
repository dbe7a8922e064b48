/**
 * Where a table lies in an export, beside the files of rows. The names are those of a table in a file system without a catalogue
 * (spec, "File System Tables").
 *
 *   metadata/version-hint.text                    the number of the newest metadata
 *   metadata/v3.metadata.json                     the table as of its third commit
 *   metadata/snap-3.avro                          its list of manifests
 *   metadata/p000-0-16384.avro                    a manifest: the files of rows of one range of the export
 */
import { partitionName, type Range } from "../layout.ts"

export const METADATA_DIR = "metadata"
export const HINT_FILE = `${METADATA_DIR}/version-hint.text`

export const metadataPath = (version: number): string => `${METADATA_DIR}/v${version}.metadata.json`
export const snapshotPath = (id: number): string => `${METADATA_DIR}/snap-${id}.avro`
export const tableManifestPath = (partition: number, { from, to }: Range, generation: number): string =>
  `${METADATA_DIR}/${partitionName(partition)}-${from}-${to}${generation === 0 ? "" : `-g${generation}`}.avro`
