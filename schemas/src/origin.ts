/** Which message a record of a decided stream is about, without decoding the rest. */
import type { Origin } from "@assay/trust"
import { readOrigin } from "./generated/origin.ts"
import { boundSchema } from "./ids/bound.ts"
import { reader } from "./wire/reader.ts"

/** Both records begin with the origin. @throws WireError */
export const originOf = (schema: "assayed-message" | "rejected-record", record: Uint8Array): Origin => {
  const bound = boundSchema(schema)
  reader.begin(bound.current(record), bound.id)
  const origin = readOrigin(reader)
  reader.leave()
  return origin
}
