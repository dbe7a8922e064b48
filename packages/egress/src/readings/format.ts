/** How rows lie on their streams: Avro behind the Confluent header, or a line of JSON with the same names. */
import { encodeQualityRow, encodeReadingRow, type QualityRow, type ReadingRow } from "@assay/schemas"

export const ROW_FORMATS = ["avro", "json"] as const
export type RowFormat = (typeof ROW_FORMATS)[number]

interface RowEncoder {
  readonly reading: (row: ReadingRow) => Uint8Array
  readonly quality: (row: QualityRow) => Uint8Array
}

/** Bytes as base64, which is how JSON Schema (`contentEncoding`) names them. Numbers are those of Avro: times stay counts. */
const jsonOf = (row: ReadingRow | QualityRow): Uint8Array =>
  Buffer.from(
    JSON.stringify(
      "data" in row && row.data !== null ? { ...row, data: Buffer.from(row.data).toString("base64") } : row,
    ),
  )

export const ROW_ENCODERS: Readonly<Record<RowFormat, RowEncoder>> = {
  avro: { reading: encodeReadingRow, quality: encodeQualityRow },
  json: { reading: jsonOf, quality: jsonOf },
}
