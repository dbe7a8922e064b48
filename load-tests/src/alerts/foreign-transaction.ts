/** A producer that is none of ours, and leaves a transaction open on `submitted`. */
import { kafkaClient } from "@assay/kafka-client"
import { STREAMS } from "@assay/streams"
import { settingsOf } from "../bench/target-kafka.ts"

export interface ForeignTransaction {
  /** Writes to each partition, and does not end it. */
  leaveOpen(): Promise<void>
  /** Ends it, where one is open. */
  abort(): Promise<void>
}

export const foreignTransaction = (
  brokers: ReadonlyArray<string>,
  prefix: string,
  partitions: number,
): ForeignTransaction => {
  const producer = kafkaClient(settingsOf(brokers, "")).producer({
    ...{ transactionalId: "foreign", maxInFlightRequests: 1, idempotent: true, transactionTimeout: 60_000 },
    retry: { retries: 5 },
  })
  let open: Awaited<ReturnType<typeof producer.transaction>> | null = null
  return {
    leaveOpen: async () => {
      await producer.connect()
      open = await producer.transaction()
      for (let partition = 0; partition < partitions; partition++)
        await open.send({
          topic: `${prefix}${STREAMS.submitted}`,
          messages: [{ key: "foreign", value: "left open", partition }],
        })
    },
    abort: async () => {
      const last = open
      open = null
      if (last === null) return
      await last.abort()
      await producer.disconnect()
    },
  }
}
