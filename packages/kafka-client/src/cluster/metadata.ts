/**
 * Topics in one request, each with its own answer. The admin client of kafkajs throws the first error of any topic without
 * saying whose it is, also where a topic of somebody else has no leader; so its request is sent and the answer read here.
 */
import { type MetadataAnswer, metadataRequest, metadataResponse } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import type { Cluster } from "./cluster.ts"

export interface TopicShape {
  readonly name: string
  readonly partitions: number
  /** The smallest number of replicas of any partition. */
  readonly replication: number
  /** Every partition has a leader at the moment. */
  readonly led: boolean
}

export interface Metadata {
  /** How many brokers are alive. */
  readonly brokers: number
  readonly topics: ReadonlyMap<string, TopicShape>
  /** Asked for, and not for this principal to see: they may exist or not. */
  readonly hidden: ReadonlyArray<string>
}

const NONE = 0
const UNKNOWN_TOPIC = 3
/** Nobody leads it at the moment; it is there all the same. */
const LEADER_NOT_AVAILABLE = 5
const NOT_AUTHORIZED = 29

const protocolOf = (names: ReadonlyArray<string>): Protocol<MetadataAnswer> => ({
  // Without names kafkajs asks for all topics.
  request: metadataRequest({ topics: names, allowAutoTopicCreation: false }),
  response: { decode: metadataResponse.decode, parse: async (answer) => answer },
  requestTimeout: 10_000,
  logResponseError: false,
})

/**
 * @param names the topics to ask for; null for all that this principal may see
 * @throws UnavailableError, or what kafkajs throws (`connectionProblem` says what it means)
 */
export const fetchMetadata = (
  cluster: Pick<Cluster, "any" | "retrying">,
  names: ReadonlyArray<string> | null,
): Promise<Metadata> =>
  cluster.retrying("asking for the topics", async () => {
    const broker = await cluster.any()
    return readAnswer(await broker.connectionPool.send(protocolOf(names ?? [])))
  })

const readAnswer = ({ brokers, topicMetadata }: MetadataAnswer): Metadata => {
  const topics = new Map<string, TopicShape>()
  const hidden: Array<string> = []
  for (const { topic, topicErrorCode, partitionMetadata } of topicMetadata) {
    if (topicErrorCode === NOT_AUTHORIZED) hidden.push(topic)
    else if (topicErrorCode === NONE || topicErrorCode === LEADER_NOT_AVAILABLE) {
      const replication = Math.min(...partitionMetadata.map(({ replicas }) => replicas.length))
      const led = partitionMetadata.every(({ leader }) => leader >= 0)
      topics.set(topic, { name: topic, partitions: partitionMetadata.length, replication, led })
    } else if (topicErrorCode !== UNKNOWN_TOPIC)
      throw new Error(`the broker answered with error ${topicErrorCode} about topic ${topic}`)
  }
  return { brokers: brokers.length, topics, hidden }
}
