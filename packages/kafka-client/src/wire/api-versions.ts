/**
 * ApiVersions 4 (KIP-35, KIP-584), of which kafkajs asks an older one: which features the cluster has in force. A feature in force is
 * one that all brokers support.
 */
import { Encoder } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import { BodyReader } from "./body.ts"

/** Versions in force by name, for example `transaction.version`; empty where the broker knows nothing of features. */
export interface Features {
  readonly inForce: ReadonlyMap<string, number>
}

const API_VERSIONS = 18
const UNSUPPORTED_VERSION = 35
const TIMEOUT_MS = 10_000
/** Of the tagged fields. */
const FINALIZED_FEATURES = 2
const NONE: Features = { inForce: new Map() }

const featuresIn = (reader: BodyReader): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.compactString()
    found.set(name, reader.int16())
    reader.int16() // the lowest level
    reader.tags()
  }
  return found
}

/** @param software what brokers write into their request logs. Answers of brokers that do not know the request name no feature. */
export const featuresRequest = (software: { readonly name: string; readonly version: string }): Protocol<Features> => ({
  request: {
    apiKey: API_VERSIONS,
    apiVersion: 4,
    apiName: "ApiVersions",
    encode: async () =>
      new Encoder(64)
        .writeInt8(0) // ends the header: no tagged fields
        .writeUVarIntString(software.name)
        .writeUVarIntString(software.version)
        .writeInt8(0),
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      // Whoever does not know the version answers in the first one, whose header has no tagged fields either.
      if (reader.int16() === UNSUPPORTED_VERSION) return { ...NONE, clientSideThrottleTime: 0 }
      for (let left = reader.count(); left > 0; left--) {
        reader.at += 6 // a key with the lowest and the highest version
        reader.tags()
      }
      const clientSideThrottleTime = reader.int32()
      let features = NONE
      reader.tags((tag, field) => {
        if (tag === FINALIZED_FEATURES) features = { inForce: featuresIn(field) }
      })
      return { ...features, clientSideThrottleTime }
    },
    parse: async (data) => data,
  },
  requestTimeout: TIMEOUT_MS,
  logResponseError: false,
})
