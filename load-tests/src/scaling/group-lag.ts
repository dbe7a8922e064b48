/** The lag of a group as KEDA reads it: the end of each partition less the committed position, markers of transactions included. */
import { kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"

export interface GroupLag {
  /** By partition. */
  read(): Promise<ReadonlyArray<number>>
  stop(): Promise<void>
}

export const groupLag = async (settings: KafkaSettings, groupId: string, topic: string): Promise<GroupLag> => {
  const admin = kafkaClient(settings).admin()
  await admin.connect()
  return {
    read: async () => {
      // Positions first: they only rise, so what comes in between is lag and not less than none.
      const [group] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const ends = await admin.fetchTopicOffsets(topic)
      const committed = new Map(group!.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
      return [...ends]
        .sort((a, b) => a.partition - b.partition)
        .map(({ partition, high, low }) => {
          const position = committed.get(partition) ?? -1
          // Nothing committed yet: all that is there waits (offsetResetPolicy earliest).
          return Number(high) - (position < 0 ? Number(low) : position)
        })
    },
    stop: () => admin.disconnect(),
  }
}
