/** The Confluent header: 00, then the schema id as int32 big-endian. */
export const HEADER_BYTES = 5

/** The id of a record; -1 where it bears no header. */
export const schemaIdOf = (record: Uint8Array): number =>
  record.length < HEADER_BYTES || record[0] !== 0
    ? -1
    : ((record[1]! << 24) | (record[2]! << 16) | (record[3]! << 8) | record[4]!) >>> 0

/** A copy of the record under another id. */
export const withSchemaId = (record: Uint8Array, id: number): Uint8Array => {
  const copy = Buffer.allocUnsafe(record.length)
  copy.set(record)
  copy.writeUInt32BE(id, 1)
  return copy
}
