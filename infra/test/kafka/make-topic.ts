import type { Admin } from "kafkajs"
import { vi } from "vitest"

/** Makes a topic and waits for its leader. The waiting of kafkajs itself gives up where a broker has not heard of the topic yet. */
export const makeTopic = async (admin: Admin, topic: string): Promise<void> => {
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: false })
  await vi.waitUntil(
    async () => {
      const known = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null)
      return known?.topics[0]?.partitions.every(({ leader }) => leader >= 0) ?? false
    },
    { timeout: 20_000, interval: 50 },
  )
}
