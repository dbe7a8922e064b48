/**
 * An idle process of the Kafka engine: a member of a group, an admin and a producer, all connected. Prints the microseconds
 * of CPU that it used in each second: `idle.child.ts BROKERS TOPIC patched|unpatched`.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import RequestQueue from "kafkajs/src/network/requestQueue/index.js"
import { kafkaClient } from "../../src/connect/client.ts"
import { join } from "../../src/membership/membership.ts"

const MEASURED_MS = 4_000

const [brokers, topic, how] = process.argv.slice(2) as [string, string, string]
const unpatched = RequestQueue.prototype.scheduleCheckPendingRequests
const settings = { ...KAFKA_DEFAULTS, brokers: brokers.split(",") }
const kafka = kafkaClient(settings)
if (how === "unpatched") RequestQueue.prototype.scheduleCheckPendingRequests = unpatched

// A broker that has just started has no coordinator for a moment.
const onProblem = (problem: Error): void => void process.stderr.write(`${problem.message}\n`)
const joining = { group: topic, topic, partitions: 1, onAssigned: () => undefined, onProblem }
const membership = await join(kafka, settings, joining)
const admin = kafka.admin()
const producer = kafka.producer()
await admin.connect()
await producer.connect()
await admin.fetchTopicOffsets(topic)
await producer.send({ topic, messages: [{ value: "the producer's own connection to the leader" }] })
// What starting up left to be done is not what this is about.
await sleep(1_000)

const started = performance.now()
const before = process.cpuUsage()
await sleep(MEASURED_MS)
const { user, system } = process.cpuUsage(before)
const seconds = (performance.now() - started) / 1_000
process.stdout.write(`${Math.round((user + system) / seconds)}\n`)

await producer.disconnect()
await admin.disconnect()
await membership.leave()
