/**
 * What proves a range of rows against the log, in one file: each leaf of the range as the log holds it, for each decision the
 * opening of its statement, and for each message that rows were made of the record itself.
 *
 *   "AEV1" u32 count, then zstd of count times:
 *   u32 length, leaf; u32 length, salt (empty: nothing is opened); u8 kind; u32 length, opening; u32 length, record (empty: none)
 *
 * Numbers are big-endian. `kind` says what the opening is: 1 a statement, 2 the whole event, of a decision about no device.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"

const MAGIC = Buffer.from("AEV1")
const HEAD = MAGIC.length + 4
/** What one file may unpack to. */
const MAX_BYTES = 1 << 30
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

export const NO_BYTES = new Uint8Array(0)

export interface LeafEvidence {
  /** The entry of the log. */
  readonly leaf: Uint8Array
  /** Empty where nothing is opened. */
  readonly salt: Uint8Array
  readonly kind: "none" | "statement" | "event"
  readonly opening: Uint8Array
  /** The record of the decided stream; empty where no rows are made of it, or it is withheld. */
  readonly record: Uint8Array
}

const KINDS = ["none", "statement", "event"] as const

/** What is wrong with an evidence file. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError"
}

export const packEvidence = (leaves: ReadonlyArray<LeafEvidence>): Uint8Array => {
  const parts: Array<Uint8Array> = []
  const put = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    parts.push(length, bytes)
  }
  for (const { leaf, salt, kind, opening, record } of leaves) {
    put(leaf)
    put(salt)
    parts.push(Buffer.of(KINDS.indexOf(kind)))
    put(opening)
    put(record)
  }
  const count = Buffer.alloc(4)
  count.writeUInt32BE(leaves.length)
  return Buffer.concat([MAGIC, count, zstdCompressSync(Buffer.concat(parts), LEVEL)])
}

/** @throws EvidenceError for anything but what `packEvidence` makes */
export const unpackEvidence = (file: Uint8Array): ReadonlyArray<LeafEvidence> => {
  const head = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (head.length < HEAD || !head.subarray(0, MAGIC.length).equals(MAGIC))
    throw new EvidenceError("it is no evidence of this version")
  let bytes: Buffer
  try {
    bytes = zstdDecompressSync(head.subarray(HEAD), { maxOutputLength: MAX_BYTES })
  } catch (cause) {
    throw new EvidenceError(`it cannot be unpacked: ${(cause as Error).message}`)
  }
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new EvidenceError("it ends within a leaf")
    at += length
    return bytes.subarray(at - length, at)
  }
  const field = (): Buffer => take(take(4).readUInt32BE())
  const leaves: Array<LeafEvidence> = []
  while (at < bytes.length) {
    const leaf = field()
    const salt = field()
    const kind = KINDS[take(1)[0]!]
    if (kind === undefined) throw new EvidenceError("it opens a leaf in a way that is not known")
    leaves.push({ leaf, salt, kind, opening: field(), record: field() })
  }
  if (leaves.length !== head.readUInt32BE(MAGIC.length)) throw new EvidenceError("it has not as many leaves as it says")
  return leaves
}
