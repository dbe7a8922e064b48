/** `KnowledgeItem`: the value of knowledge.items. */

import { boundSchema } from "../ids/bound.ts"
import type { KnowledgeItem } from "../types.ts"
import { reader } from "../wire/reader.ts"
import { writer } from "../wire/writer.ts"

const SCHEMA = boundSchema("knowledge-item")

/** @throws RangeError where the version is no safe integer. */
export const encodeKnowledge = (item: KnowledgeItem): Uint8Array => {
  writer.begin(SCHEMA.id)
  writer.string(item.hash)
  writer.string(item.kind)
  writer.string(item.name)
  writer.long(item.version)
  writer.string(item.mediaType)
  writer.bytes(item.body)
  return writer.end()
}

/** The body is a view into `record`; whether it has the hash is the caller's to check. @throws WireError */
export const decodeKnowledge = (record: Uint8Array): KnowledgeItem => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const item: KnowledgeItem = {
    hash: reader.string(),
    kind: reader.word(),
    name: reader.string(),
    version: reader.long(),
    mediaType: reader.word(),
    body: reader.bytes(),
  }
  reader.finish()
  return item
}
