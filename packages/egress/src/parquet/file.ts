/** A Parquet file of rows: written, and read back where somebody wants to know what is in one. */
import type { ReadingRow } from "@assay/schemas"
import { parquetMetadata, parquetReadObjects } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { COLUMNS, columnsOf, PARQUET_SCHEMA, rowValueOf } from "./columns.ts"

const ROWS_OF_A_GROUP = 65_536
/** Times as they are stored: as dates they would lose their microseconds. */
const asStored = (count: bigint): bigint => count
const PARSERS = {
  timestampFromMilliseconds: asStored,
  timestampFromMicroseconds: asStored,
  timestampFromNanoseconds: asStored,
}

/** The same bytes for the same rows, by one version of the writer. @param about goes into the file's own metadata @param groupRows rows of one group */
export const parquetOf = (
  rows: ReadonlyArray<ReadingRow>,
  about: Readonly<Record<string, string>>,
  groupRows = ROWS_OF_A_GROUP,
): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: columnsOf(rows),
      schema: PARQUET_SCHEMA,
      rowGroupSize: groupRows,
      kvMetadata: Object.entries(about).map(([key, value]) => ({ key, value })),
    }),
  )

/**
 * The rows of a file, with the columns that a row has.
 * @throws Error where it is no Parquet file, or has not these columns
 */
export const rowsOfParquet = async (bytes: Uint8Array): Promise<ReadonlyArray<ReadingRow>> => {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const { schema } = parquetMetadata(file)
  const names = schema.slice(1).map(({ name }) => name)
  const wanted = COLUMNS.map(({ name }) => name)
  if (names.join() !== wanted.join()) throw new Error(`its columns are ${names.join(", ")}, not ${wanted.join(", ")}`)
  const rows = await parquetReadObjects({ file, utf8: false, parsers: PARSERS as never })
  return rows.map(
    (row) =>
      Object.fromEntries(
        COLUMNS.map((column) => [column.name, rowValueOf(column, row[column.name])]),
      ) as unknown as ReadingRow,
  )
}
