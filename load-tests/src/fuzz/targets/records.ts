/** The Avro records of the streams, from whoever may write to one. */
import * as schemas from "@assay/schemas"
import { SAMPLES } from "@assay/testkit/samples"
import { refusedBy, type Target } from "../target.ts"

type Codec = readonly [name: string, encode: (value: never) => Uint8Array, decode: (bytes: Uint8Array) => unknown]

const CODECS: ReadonlyArray<Codec> = [
  ["entry", schemas.encodeEntry, schemas.decodeEntry],
  ["assayed-message", schemas.encodeAssayed, schemas.decodeAssayed],
  ["audit-event", schemas.encodeAudit, schemas.decodeAudit],
  ["leaf", schemas.encodeLeaf, schemas.decodeLeaf],
  ["checkpoint", schemas.encodeCheckpoint, schemas.decodeCheckpoint],
  ["knowledge-item", schemas.encodeKnowledge, schemas.decodeKnowledge],
  ["rejected-record", schemas.encodeRejected, schemas.decodeRejected],
]

export const RECORDS: ReadonlyArray<Target> = CODECS.map(([name, encode, decode]) => ({
  name: `record-${name}`,
  about: `the record ${name}, from whoever may write to its stream`,
  seeds: () =>
    Object.entries(SAMPLES)
      .filter(([file]) => file.startsWith(`${name}.`))
      .map(([, sample]) => encode(sample as never).slice()),
  check: (bytes) =>
    refusedBy([schemas.WireError], () => {
      const value = decode(bytes)
      // Avro has several writings of one number, so the bytes may differ; the value may not.
      const again = decode(encode(value as never).slice())
      if (JSON.stringify(again) !== JSON.stringify(value))
        throw new Error("reads differently after it was written again")
    }),
}))
