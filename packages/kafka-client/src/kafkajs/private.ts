/**
 * Everything of kafkajs 2.2.4 below its public surface that this package stands on, in one place: `internals.d.ts` says what
 * each part is. The version is pinned exactly, since nothing here is promised to stay.
 */
import type { Kafka } from "kafkajs"
import Connection from "kafkajs/src/network/connection.js"
import RequestQueue from "kafkajs/src/network/requestQueue/index.js"
import Encoder from "kafkajs/src/protocol/encoder.js"
import { createErrorFromCode } from "kafkajs/src/protocol/error.js"
import { requests } from "kafkajs/src/protocol/requests/index.js"
import metadataRequest from "kafkajs/src/protocol/requests/metadata/v6/request.js"
import metadataResponse, { type Answer } from "kafkajs/src/protocol/requests/metadata/v6/response.js"

export type { Answer as MetadataAnswer }
export { Connection, createErrorFromCode, Encoder, metadataRequest, metadataResponse, RequestQueue, requests }

/**
 * The inner cluster, which kafkajs keeps under a symbol of its own.
 * @param options of kafkajs's `Cluster`; `T` is the part of it that the caller uses. @throws Error where kafkajs is another version
 */
export const createCluster = <T>(kafka: Kafka, options: object): T => {
  const secret = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === "private:Kafka:createCluster",
  )
  if (secret === undefined) throw new Error("kafkajs is not the version 2.2.4 that this engine stands on")
  return (kafka as unknown as Record<symbol, (options: object) => T>)[secret]!(options)
}
