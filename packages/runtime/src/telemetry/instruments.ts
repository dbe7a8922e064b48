/**
 * Every metric that a node exports. Names and labels under `messaging.`, `process.`, `v8js.` and `nodejs.` are those of
 * OpenTelemetry's semantic conventions. No label ever names a device: partitions, groups, reason codes and the like are few.
 * docs/guides/observability.md explains each; a test holds both together.
 */
import type { InstrumentSpec } from "./registry.ts"

/** Seconds, from a batch in memory to a broker that does not answer. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds; 2 is the objective for a decision. */
const LATENCIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300]
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096]

const PLACE = ["group", "partition"]
const CONSUMER = ["messaging.system", "messaging.operation.name", "messaging.consumer.group.name"]

const specs = <const T extends Record<string, InstrumentSpec>>(all: T): T => all

export const INSTRUMENTS = specs({
  consumed: {
    name: "messaging.client.consumed.messages",
    kind: "counter",
    unit: "{message}",
    help: "Entries in committed batches",
    labels: [...CONSUMER, "messaging.destination.name", "messaging.destination.partition.id"],
  },
  sent: {
    name: "messaging.client.sent.messages",
    kind: "counter",
    unit: "{message}",
    help: "Entries that ingress appended",
    labels: ["messaging.system", "messaging.operation.name", "messaging.destination.name"],
  },
  operation: {
    name: "messaging.client.operation.duration",
    kind: "histogram",
    unit: "s",
    help: "Time that the log took for an append of ingress (send) or for the commit of a batch (commit)",
    labels: ["messaging.system", "messaging.operation.name", "messaging.destination.name"],
    buckets: DURATIONS,
  },
  process: {
    name: "messaging.process.duration",
    kind: "histogram",
    unit: "s",
    help: "Time from reading a batch to its durable commit",
    labels: [...CONSUMER, "messaging.destination.name"],
    buckets: DURATIONS,
  },
  batches: {
    name: "assay.batches",
    kind: "counter",
    unit: "{batch}",
    help: "Committed batches",
    labels: PLACE,
  },
  batchSize: {
    name: "assay.batch.size",
    kind: "histogram",
    unit: "{entry}",
    help: "Entries in a committed batch",
    labels: ["group"],
    buckets: SIZES,
  },
  decisions: {
    name: "assay.decisions",
    kind: "counter",
    unit: "{decision}",
    help: "Original decisions by outcome",
    labels: ["outcome"],
  },
  latency: {
    name: "assay.decision.latency",
    kind: "histogram",
    unit: "s",
    help: "Time from the append of a message, as the log stamped it, to its durable decision",
    labels: [],
    buckets: LATENCIES,
  },
  reasons: {
    name: "assay.reasons",
    kind: "counter",
    unit: "{decision}",
    help: "Decisions that carried this reason code",
    labels: ["reason"],
  },
  events: {
    name: "assay.audit.events",
    kind: "counter",
    unit: "{event}",
    help: "Audit events by kind",
    labels: ["kind"],
  },
  transitions: {
    name: "assay.trust.transitions",
    kind: "counter",
    unit: "{transition}",
    help: "Devices that entered this trust state",
    labels: ["to"],
  },
  submitted: {
    name: "assay.submitted",
    kind: "counter",
    unit: "{message}",
    help: "Messages accepted by ingress",
    labels: [],
  },
  refused: {
    name: "assay.refused",
    kind: "counter",
    unit: "{request}",
    help: "Requests refused by ingress (quota, size, rights, form)",
    labels: [],
  },
  backlog: {
    name: "assay.backlog.entries",
    kind: "gauge",
    unit: "{entry}",
    help: "Entries on submitted not yet decided",
    labels: [],
  },
  lag: {
    name: "assay.consumer.lag",
    kind: "gauge",
    unit: "{message}",
    help: "Entries of the input that the group has still to commit (an upper bound: offsets have gaps)",
    labels: PLACE,
  },
  lagTime: {
    name: "assay.consumer.lag.time",
    kind: "gauge",
    unit: "s",
    help: "Age of the oldest entry that the group has still to commit; 0 when there is none",
    labels: PLACE,
  },
  assigned: {
    name: "assay.partitions.assigned",
    kind: "gauge",
    unit: "{partition}",
    help: "Partitions that are this process's share",
    labels: ["group"],
  },
  rebalances: {
    name: "assay.rebalances",
    kind: "counter",
    unit: "{rebalance}",
    help: "Times that the share of this process was seen to have changed",
    labels: ["group"],
  },
  takeovers: {
    name: "assay.takeovers",
    kind: "counter",
    unit: "{takeover}",
    help: "Partitions that another process took while this one worked on them",
    labels: PLACE,
  },
  stalls: {
    name: "assay.stalls",
    kind: "counter",
    unit: "{stall}",
    help: "Runners restarted because they had work and committed nothing",
    labels: PLACE,
  },
  restores: {
    name: "assay.restores",
    kind: "counter",
    unit: "{restore}",
    help: "Runners restored from the log after a failure, by the name of the error",
    labels: ["group", "error.type"],
  },
  unavailable: {
    name: "assay.log.unavailable",
    kind: "gauge",
    unit: "",
    help: "1 while the servers behind the log do not answer a runner, else 0",
    labels: PLACE,
  },
  halted: {
    name: "assay.partition.halted",
    kind: "gauge",
    unit: "",
    help: "1 where a partition stands still because records were lost before they were read, else 0",
    labels: PLACE,
  },
  deadletters: {
    name: "assay.deadletters",
    kind: "counter",
    unit: "{record}",
    help: "Records that are none of ours, kept untouched on the dead-letter stream",
    labels: ["stream", "code"],
  },
  unsealed: {
    name: "assay.unsealed.age",
    kind: "gauge",
    unit: "s",
    help: "Age of the oldest audit event that is not sealed",
    labels: ["partition"],
  },
  leaves: {
    name: "assay.sealed.leaves",
    kind: "gauge",
    unit: "{leaf}",
    help: "Leaves in the transparency log",
    labels: ["partition"],
  },
  readModelLag: {
    name: "assay.readmodel.lag",
    kind: "gauge",
    unit: "{event}",
    help: "Audit events that the read model has still to take in",
    labels: ["partition"],
  },
  readModelLagTime: {
    name: "assay.readmodel.lag.time",
    kind: "gauge",
    unit: "s",
    help: "Age of the oldest audit event that the read model has still to take in; 0 when there is none",
    labels: ["partition"],
  },
  readModelFailures: {
    name: "assay.readmodel.failures",
    kind: "counter",
    unit: "{failure}",
    help: "Writes to the read model that failed and will be repeated",
    labels: [],
  },
  knowledge: {
    name: "assay.knowledge.remaining",
    kind: "gauge",
    unit: "s",
    help: "Time until the trust bundle or the policy in force expires; everything is quarantined after that",
    labels: ["item"],
  },
  ready: {
    name: "assay.ready",
    kind: "gauge",
    unit: "",
    help: "1 while /readyz answers 200, else 0",
    labels: [],
  },
  traceparents: {
    name: "assay.traceparents.malformed",
    kind: "counter",
    unit: "{header}",
    help: "traceparent headers that were no W3C Trace Context and were ignored",
    labels: [],
  },
  cpu: {
    name: "process.cpu.time",
    kind: "counter",
    unit: "s",
    help: "CPU time of the process, all threads",
    labels: ["cpu.mode"],
  },
  memory: {
    name: "process.memory.usage",
    kind: "gauge",
    unit: "By",
    help: "Resident memory of the process",
    labels: [],
  },
  uptime: {
    name: "process.uptime",
    kind: "gauge",
    unit: "s",
    help: "Time since the process started",
    labels: [],
  },
  heap: {
    name: "v8js.memory.heap.used",
    kind: "gauge",
    unit: "By",
    help: "Used memory of a space of the JavaScript heap",
    labels: ["v8js.heap.space.name"],
  },
  heapLimit: {
    name: "assay.heap.limit",
    kind: "gauge",
    unit: "By",
    help: "Where the JavaScript heap ends and the process with it",
    labels: [],
  },
  delayP50: {
    name: "nodejs.eventloop.delay.p50",
    kind: "gauge",
    unit: "s",
    help: "Median delay of the event loop since the reading before",
    labels: [],
  },
  delayP99: {
    name: "nodejs.eventloop.delay.p99",
    kind: "gauge",
    unit: "s",
    help: "99th percentile of the delay of the event loop since the reading before",
    labels: [],
  },
  delayMax: {
    name: "nodejs.eventloop.delay.max",
    kind: "gauge",
    unit: "s",
    help: "Largest delay of the event loop since the reading before",
    labels: [],
  },
  utilization: {
    name: "nodejs.eventloop.utilization",
    kind: "gauge",
    unit: "1",
    help: "Share of the time since the reading before in which the event loop was busy",
    labels: [],
  },
})

export type InstrumentKey = keyof typeof INSTRUMENTS
