/** Avro object container files (Avro specification, "Object Container Files"), which Iceberg's manifests are. */
import { createHash } from "node:crypto"
import { buffer } from "node:stream/consumers"
import avro from "avsc"

/** Of a container file: manifests are small. */
const SYNC_BYTES = 16

/** The same records give the same bytes. @param metadata beside the schema, which is written as it is, with its field ids */
export const avroFile = (
  schema: object,
  records: ReadonlyArray<object>,
  metadata: Readonly<Record<string, string>>,
): Promise<Buffer> => {
  const syncMarker = createHash("sha256")
    .update(JSON.stringify([schema, records, metadata]))
    .digest()
    .subarray(0, SYNC_BYTES)
  const encoder = new avro.streams.BlockEncoder(
    schema as never,
    {
      codec: "null",
      syncMarker,
      writeHeader: "always",
      metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value)])),
    } as never,
  )
  for (const record of records) encoder.write(record)
  encoder.end()
  return buffer(encoder)
}

/** @throws where it is no container file */
export const avroRecords = async (bytes: Uint8Array): Promise<ReadonlyArray<unknown>> => {
  const decoder = new avro.streams.BlockDecoder()
  const records: Array<unknown> = []
  decoder.on("data", (record: unknown) => records.push(record))
  const ended = new Promise<void>((resolve, reject) => {
    decoder.once("end", resolve)
    decoder.once("error", reject)
  })
  decoder.end(bytes)
  await ended
  return records
}
