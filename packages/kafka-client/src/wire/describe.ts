/** DescribeTransactions 0 (KIP-664), which kafkajs lacks: how the last transaction of an id ended, as the coordinator has it. */
import { createErrorFromCode, Encoder } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import { BodyReader } from "./body.ts"

/** As the coordinator calls them: `Ongoing`, `PrepareCommit`, `CompleteCommit`, `Empty` and so on; null: no such id. */
export interface Described {
  readonly state: string | null
}

const DESCRIBE_TRANSACTIONS = 65
const ID_NOT_FOUND = 105
const TIMEOUT_MS = 10_000

/** Rejects with the kafkajs error of the answer's code. */
export const describeTransactionRequest = (transactionalId: string): Protocol<Described> => ({
  request: {
    apiKey: DESCRIBE_TRANSACTIONS,
    apiVersion: 0,
    apiName: "DescribeTransactions",
    // The first byte ends the header, which kafkajs writes in its older form: no tagged fields.
    encode: async () => new Encoder(64).writeInt8(0).writeUVarInt(2).writeUVarIntString(transactionalId).writeInt8(0),
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      reader.tags()
      const clientSideThrottleTime = reader.int32()
      reader.count() // one
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
