/** Opens the log on a Kafka cluster, once it is sure that it is there as it must be. */
import { Cluster, diagnose, kafkaClient, reachBrokers } from "@assay/kafka-client"
import { checkSettings } from "@assay/kafka-client/settings"
import type { Log } from "@assay/log"
import { type KafkaLogOptions, kafkaLog } from "./log/log.ts"
import { CELLS } from "./log/own-streams.ts"
import { checkTopics } from "./topics/check.ts"

export interface OpenKafkaOptions extends KafkaLogOptions {
  /** The streams that this process works on: a principal may see no others. */
  readonly streams: ReadonlyArray<string>
}

/**
 * @throws LogSetupError that names the setting: wrong brokers or credentials, topics missing or of another shape
 * @throws UnavailableError where the brokers do not answer
 */
export const openKafka = async (options: OpenKafkaOptions): Promise<Log> => {
  const { settings } = options
  checkSettings(settings)
  await reachBrokers(settings, settings.prefix + CELLS)
  try {
    return await openChecked(options)
  } catch (cause) {
    throw (await diagnose(cause, settings)) ?? cause
  }
}

const openChecked = async (options: OpenKafkaOptions): Promise<Log> => {
  const { settings, streams } = options
  const log = await kafkaLog(options)
  const cluster = new Cluster(kafkaClient(settings, options.clientLog), settings.retryMs)
  try {
    await checkTopics(cluster, {
      prefix: settings.prefix,
      partitions: log.partitions,
      streams,
    })
    return log
  } catch (cause) {
    await log.close()
    throw cause
  } finally {
    await cluster.close()
  }
}
