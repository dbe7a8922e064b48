/** A log on the broker of the test run: topics of its own under a prefix of its own. */
import { randomUUID } from "node:crypto"
import { kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Log } from "@assay/log"
import { CELLS, encodeMeta, kafkaLog } from "@assay/log-kafka"
import { ROLES } from "@assay/streams"
import type { ISocketFactory } from "kafkajs"
import { KAFKA_DEFAULTS } from "./defaults.ts"

export const PARTITIONS = 2

export interface TestLog {
  readonly settings: KafkaSettings
  /** Opens the log once more, as another process would; closed with the rest. */
  readonly open: (given?: {
    readonly settings?: Partial<KafkaSettings>
    readonly sockets?: ISocketFactory
  }) => Promise<Log>
  readonly destroy: () => Promise<void>
}

/** @param streams besides the cells */
export const createTestLog = async (
  brokers: ReadonlyArray<string>,
  streams: ReadonlyArray<string>,
): Promise<TestLog> => {
  const settings: KafkaSettings = { ...KAFKA_DEFAULTS, brokers, prefix: `t${randomUUID().slice(0, 8)}.` }
  const kafka = kafkaClient(settings)
  const admin = kafka.admin()
  await admin.connect()
  const stamped = { name: "message.timestamp.type", value: "LogAppendTime" }
  const topics = [...streams, CELLS].map((stream) => ({
    topic: settings.prefix + stream,
    numPartitions: PARTITIONS,
    configEntries: stream === CELLS ? [stamped, { name: "cleanup.policy", value: "compact" }] : [stamped],
  }))
  await admin.createTopics({ topics, waitForLeaders: false })
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const meta = Buffer.from(encodeMeta({ epoch: 1, genesis: 1_700_000_000_000, partitions: PARTITIONS }))
  await producer.send({ topic: settings.prefix + CELLS, messages: [{ key: "log", partition: 0, value: meta }] })
  await producer.disconnect()
  const opened: Array<Log> = []
  return {
    settings,
    open: async (given = {}) => {
      const { sockets } = given
      const log = await kafkaLog({
        settings: { ...settings, ...given.settings },
        roles: ROLES,
        ...(sockets === undefined ? {} : { sockets }),
      })
      opened.push(log)
      return log
    },
    destroy: async () => {
      for (const log of opened) await log.close()
      await admin.deleteTopics({ topics: topics.map(({ topic }) => topic) })
      await admin.disconnect()
    },
  }
}
