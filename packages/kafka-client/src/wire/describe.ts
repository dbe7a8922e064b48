/** DescribeTransactions 0 (KIP-664), which kafkajs lacks: how the last transaction of an id ended, as the coordinator has it. */
import { createErrorFromCode } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import { BodyReader, encoded } from "./body.ts"

/** As the coordinator calls them: `Ongoing`, `PrepareCommit`, `CompleteCommit`, `Empty` and so on; null: no such id. */
export interface Described {
  readonly state: string | null
}

const DESCRIBE_TRANSACTIONS = 65
const ID_NOT_FOUND = 105
const TIMEOUT_MS = 10_000

/** Lengths in the flexible encoding: one more than they are, 7 bits a byte, the lowest first. */
const compact = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  const length: Array<number> = []
  for (let left = bytes.length + 1; ; left >>>= 7) {
    if (left < 128) {
      length.push(left)
      return Buffer.concat([Buffer.from(length), bytes])
    }
    length.push((left & 127) | 128)
  }
}

/** Rejects with the kafkajs error of the answer's code. */
export const describeTransactionRequest = (transactionalId: string): Protocol<Described> => ({
  request: {
    apiKey: DESCRIBE_TRANSACTIONS,
    apiVersion: 0,
    apiName: "DescribeTransactions",
    encode: async () => {
      // The first byte ends the header, which kafkajs writes in its older form: no tagged fields.
      const body = Buffer.concat([Buffer.of(0, 2), compact(transactionalId), Buffer.of(0)])
      return encoded(body)
    },
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      reader.at = 1 // the tagged fields of the header
      const clientSideThrottleTime = reader.int32()
      reader.varint() // one
      const errorCode = reader.int16()
      reader.compactString()
      const state = reader.compactString()
      if (errorCode !== 0 && errorCode !== ID_NOT_FOUND) throw createErrorFromCode(errorCode)
      return { state: errorCode === ID_NOT_FOUND ? null : state, clientSideThrottleTime }
    },
    parse: async (data) => data,
  },
  requestTimeout: TIMEOUT_MS,
  logResponseError: false,
})
