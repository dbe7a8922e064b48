/** What must be true of the topics before anybody works on the log. One request. */
import { type Cluster, fetchMetadata } from "@assay/kafka-client"
import { LogSetupError } from "@assay/log"
import { withOwn } from "../log/own-streams.ts"

export interface CheckOptions {
  readonly prefix: string
  /** What every topic must have; where left out, they must agree with each other. */
  readonly partitions?: number
  /** Streams that are needed, without the prefix; those that the engine keeps for itself are added. */
  readonly streams: ReadonlyArray<string>
}

const APPLY = "run assay topics apply"

/** At most so many names in one message. */
const NAMED = 5

const named = (names: ReadonlyArray<string>): string =>
  names.length <= NAMED ? names.join(", ") : `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`

/**
 * @returns how many partitions every topic has
 * @throws LogSetupError that names the topics, what was found and what to do; UnavailableError; what kafkajs throws
 */
export const checkTopics = async (
  cluster: Pick<Cluster, "any" | "retrying">,
  options: CheckOptions,
): Promise<{ readonly partitions: number }> => {
  const names = withOwn(options.streams).map((stream) => options.prefix + stream)
  const { topics, hidden } = await fetchMetadata(cluster, names)
  const prefixed = options.prefix === "" ? "" : ` (ASSAY_STREAM_PREFIX is ${options.prefix})`
  if (hidden.length > 0)
    throw new LogSetupError(
      `this principal may not see ${named(hidden)}${prefixed}: grant it its role with assay topics apply --acls, or set KAFKA_SASL_USERNAME to one that has it`,
    )
  const missing = names.filter((name) => !topics.has(name))
  if (missing.length > 0) {
    const what = missing.length === names.length ? "no topic of the log exists" : `missing: ${named(missing)}`
    throw new LogSetupError(
      `the topics of the log are not there${prefixed}: ${what}; ${APPLY}, or correct ASSAY_STREAM_PREFIX`,
    )
  }
  const shapes = names.map((name) => topics.get(name)!)
  const partitions = options.partitions ?? mostFrequent(shapes.map((shape) => shape.partitions))
  const wrong = shapes.filter((shape) => shape.partitions !== partitions)
  if (wrong.length > 0)
    throw new LogSetupError(
      `all topics of a log have the same partitions, ${partitions} here, but ${named(wrong.map((topic) => `${topic.name} has ${topic.partitions}`))}: partitions cannot be changed in place, since every device would meet the state of others; ${APPLY} says what is to do`,
    )
  return { partitions }
}

const mostFrequent = (values: ReadonlyArray<number>): number => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}
