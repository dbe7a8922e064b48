/** A member in a process of its own: `child.ts BROKERS TOPIC PARTITIONS`. Each share is a line of JSON. */

import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import { kafkaClient } from "../../src/connect/client.ts"
import { join } from "../../src/membership/membership.ts"

const [brokers, topic, partitions, sessionTimeoutMs] = process.argv.slice(2) as [string, string, string, string]
const settings = { ...KAFKA_DEFAULTS, brokers: brokers.split(","), sessionTimeoutMs: Number(sessionTimeoutMs) }
const membership = await join(kafkaClient(settings), settings, {
  group: topic,
  topic,
  partitions: Number(partitions),
  onAssigned: (share) => process.stdout.write(`${JSON.stringify([...share])}\n`),
  onProblem: (problem) => process.stderr.write(`${problem.message}\n`),
})
process.once("SIGTERM", () => void membership.leave())
