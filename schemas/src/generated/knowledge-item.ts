// Generated from schemas/avsc/knowledge-item.avsc by `npm run schemas:generate`. Do not edit.
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import type { KnowledgeItem } from "./types.ts"

const SCHEMA = boundSchema("knowledge-item")

const writeKnowledgeItem = (to: Writer, value: KnowledgeItem): void => {
  to.string(value.hash)
  to.string(value.kind)
  to.string(value.name)
  to.long(value.version)
  to.string(value.mediaType)
  to.bytes(value.body)
}

const readKnowledgeItem = (from: Reader): KnowledgeItem => ({
  hash: from.string(),
  kind: from.word(),
  name: from.string(),
  version: from.long(),
  mediaType: from.word(),
  body: from.bytes(),
})

/**
 * A body of knowledge.items, kept under its hash. Whether the body has the hash is the reader's to check.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeKnowledge = (value: KnowledgeItem): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeKnowledgeItem(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeKnowledge = (record: Uint8Array): KnowledgeItem => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readKnowledgeItem(reader)
  reader.finish()
  return value
}
