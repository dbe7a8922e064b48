// Generated from schemas/avsc/leaf.avsc by `npm run schemas:generate`. Do not edit.
import type { AuditKind } from "@assay/trust"
import { SCHEMA_IDS } from "../ids/embedded.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import type { Leaf } from "./types.ts"

const ID = SCHEMA_IDS["leaf"]

const writeLeaf = (to: Writer, value: Leaf): void => {
  writeOrigin(to, value.origin)
  to.int(value.index)
  to.string(value.kind)
  to.bytes(value.pseudonym)
  to.bytes(value.commitment)
  to.bytes(value.statement)
}

const readLeaf = (from: Reader): Leaf => ({
  origin: readOrigin(from),
  index: from.int(),
  kind: from.word() as AuditKind,
  pseudonym: from.bytes(),
  commitment: from.bytes(),
  statement: from.bytes(),
})

/**
 * Leaf v2 of the transparency log: holds no personal data, so that event and device key can be erased while proofs
 * survive. The log hashes it with its header, so the same event always gives the same bytes.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeLeaf = (value: Leaf): Uint8Array => {
  writer.begin(ID)
  writeLeaf(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeLeaf = (record: Uint8Array): Leaf => {
  reader.begin(record, ID)
  const value = readLeaf(reader)
  reader.finish()
  return value
}
