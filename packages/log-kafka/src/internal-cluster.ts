/** The one way to the inner cluster of kafkajs 2.2.4, which it keeps under a symbol of its own. */
import type { Kafka } from "kafkajs"

/** @param options of kafkajs's `Cluster`; `T` is the part of it that the caller uses. @throws Error where kafkajs is another version */
export const createCluster = <T>(kafka: Kafka, options: object): T => {
  const secret = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === "private:Kafka:createCluster",
  )
  if (secret === undefined) throw new Error("kafkajs is not the version 2.2.4 that this engine stands on")
  return (kafka as unknown as Record<symbol, (options: object) => T>)[secret]!(options)
}
