/** Who is in the groups of a deployment on Kafka. Loads the client. */
import { kafkaClient, membersOf } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Members } from "./groups.ts"

/** Names of groups without the prefix. */
export const kafkaMembers = (kafka: KafkaSettings): Members => {
  const { prefix } = kafka
  const client = kafkaClient(kafka)
  return async (groups) => {
    const found = await membersOf(
      client,
      groups.map((group) => prefix + group),
    )
    return new Map([...found].map(([group, count]) => [group.slice(prefix.length), count]))
  }
}
