/** `Leaf`: what the transparency log hashes, header included; so its bytes may never change for the same event. */
import type { AuditKind } from "@assay/trust"
import { SCHEMA_IDS } from "../ids/embedded.ts"
import type { Leaf } from "../types.ts"
import { reader } from "../wire/reader.ts"
import { writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./parts.ts"

const ID = SCHEMA_IDS.leaf

/** @throws RangeError where a number is no safe integer. */
export const encodeLeaf = (leaf: Leaf): Uint8Array => {
  writer.begin(ID)
  writeOrigin(writer, leaf.origin)
  writer.int(leaf.index)
  writer.string(leaf.kind)
  writer.bytes(leaf.pseudonym)
  writer.bytes(leaf.commitment)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeLeaf = (record: Uint8Array): Leaf => {
  reader.begin(record, ID)
  const leaf: Leaf = {
    origin: readOrigin(reader),
    index: reader.int(),
    kind: reader.word() as AuditKind,
    pseudonym: reader.bytes(),
    commitment: reader.bytes(),
  }
  reader.finish()
  return leaf
}
