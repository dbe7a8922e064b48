/** Record batches of Kafka, as a broker passes them on: what is inside is what a foreign producer made. */
import { crc32c, decodeBatches, finish, pack } from "@assay/kafka-client/wire"
import { StorageError } from "@assay/log"
import type { Target } from "../target.ts"

const PRODUCER = { id: "7", epoch: 0 }
const RECORDS = Array.from({ length: 20 }, (_, n) => ({
  key: Buffer.from(`device ${n}`),
  value: Buffer.alloc(60, n),
  headers: n % 3 === 0 ? { trace: Buffer.from("00-1"), twice: [Buffer.from("a"), Buffer.from("b")] } : {},
}))
const HEAD = 61
const CRC_AT = 17
const CRC_FROM = 21

const plain = await pack(RECORDS, false)
const packed = await pack(RECORDS, true)

/** A broker passes on no batch of a wrong length or checksum, so both are mended: what lies behind is what is tried. */
const mended = (bytes: Uint8Array): Buffer => {
  const batch = Buffer.from(bytes)
  if (batch.length < HEAD) return batch
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeUInt32BE(crc32c(batch, CRC_FROM), CRC_AT)
  return batch
}

const MAX_RECORDS = 65_536 + RECORDS.length

export const WIRE: ReadonlyArray<Target> = [
  {
    name: "record-batch",
    about: "decodeBatches: a record batch (Kafka, magic 2), from whoever may produce to a topic",
    seeds: () => [plain, packed].map((batch) => Buffer.from(finish(batch, PRODUCER, 0, false, 1))),
    check: async (bytes) => {
      try {
        const { records } = await decodeBatches(mended(bytes), 0, [])
        if (records.length > MAX_RECORDS) throw new Error(`one fetch gave ${records.length} records`)
        return records.length > 0
      } catch (error) {
        if (error instanceof StorageError) return false
        throw error
      }
    },
  },
]
