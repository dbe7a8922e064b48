/**
 * The cluster itself as resources of Strimzi: Kafka, and a KafkaNodePool of its controllers and one of its brokers, with the settings of
 * brokers that docs/guides/operations.md asks for. Pure.
 */
import type { LogSpec } from "@assay/log-kafka/topics"
import { UsageError } from "../command.ts"
import { nameOf, type Resource, STRIMZI_API, strimziLabels } from "./strimzi.ts"

export interface ClusterOptions {
  /** The name of the Kafka resource. */
  readonly cluster: string
  /** Brokers; at least as many as there are replicas. */
  readonly brokers: number
  /** Of each broker's disk, as Kubernetes writes it: 500Gi. */
  readonly storage: string
  /** Of its volumes; null: the default of the Kubernetes cluster. */
  readonly storageClass: string | null
}

const MINUTES_OF_A_YEAR = 525_600
/** A producer that dies with an open transaction holds readers up for so long. */
const TRANSACTION_MS = 60_000
const METADATA_DISK = "20Gi"
/** Of three controllers one may be away. */
const CONTROLLERS = 3

/** With three replicas a write is on two disks before it counts, and one broker may be away. */
const inSync = (replicas: number): number => (replicas >= 3 ? 2 : 1)

/** Beside what is set on each topic itself. */
const configOf = ({ replication, topics }: LogSpec): Readonly<Record<string, string | number | boolean>> => {
  const largest = Math.max(...topics.map(({ configs }) => Number(configs["max.message.bytes"])))
  return {
    // A topic that is made by accident has neither the right shape nor the right settings.
    "auto.create.topics.enable": false,
    "default.replication.factor": replication,
    "min.insync.replicas": inSync(replication),
    "unclean.leader.election.enable": false,
    "offsets.topic.replication.factor": replication,
    // A service that was off for longer than a week goes on where it was.
    "offsets.retention.minutes": MINUTES_OF_A_YEAR,
    "transaction.state.log.replication.factor": replication,
    "transaction.state.log.min.isr": inSync(replication),
    "transaction.max.timeout.ms": TRANSACTION_MS,
    "share.coordinator.state.topic.replication.factor": replication,
    "share.coordinator.state.topic.min.isr": inSync(replication),
    "message.max.bytes": largest,
    "replica.fetch.max.bytes": largest,
  }
}

const poolOf = (name: string, role: string, replicas: number, size: string, options: ClusterOptions): Resource => ({
  apiVersion: STRIMZI_API,
  kind: "KafkaNodePool",
  metadata: { name: `${options.cluster}-${name}`, labels: strimziLabels(options.cluster) },
  spec: {
    replicas,
    roles: [role],
    storage: {
      type: "jbod",
      volumes: [
        {
          ...{ id: 0, type: "persistent-claim", size, kraftMetadata: "shared" },
          // The log is the evidence: its disks stay when the cluster is deleted.
          deleteClaim: false,
          ...(options.storageClass === null ? {} : { class: options.storageClass }),
        },
      ],
    },
  },
})

/**
 * KafkaNodePools, then the Kafka resource: SCRAM-SHA-512 over TLS at port 9093, and ACLs, as the users of `strimziResources` need them.
 * @throws UsageError where a name cannot be one of Kubernetes, or brokers are fewer than replicas
 */
export const strimziCluster = (spec: LogSpec, options: ClusterOptions): ReadonlyArray<Resource> => {
  const { cluster, brokers, storage } = options
  if (nameOf(cluster) !== cluster || cluster.includes("."))
    throw new UsageError(`--cluster takes lower-case letters, digits and "-", not ${JSON.stringify(cluster)}`)
  if (!/^[1-9]\d*(Mi|Gi|Ti)$/.test(storage))
    throw new UsageError(`--storage takes the disk of a broker like 500Gi or 2Ti, not ${JSON.stringify(storage)}`)
  if (brokers < spec.replication)
    throw new UsageError(
      `--brokers ${brokers} are fewer than the replicas of a partition (--replication ${spec.replication})`,
    )
  const { "strimzi.io/cluster": _, ...labels } = strimziLabels(cluster)
  return [
    poolOf("controller", "controller", spec.replication === 1 ? 1 : CONTROLLERS, METADATA_DISK, options),
    poolOf("broker", "broker", brokers, storage, options),
    {
      apiVersion: STRIMZI_API,
      kind: "Kafka",
      metadata: { name: cluster, labels },
      spec: {
        kafka: {
          listeners: [
            { name: "tls", port: 9093, type: "internal", tls: true, authentication: { type: "scram-sha-512" } },
          ],
          authorization: { type: "simple" },
          config: configOf(spec),
        },
        entityOperator: { topicOperator: {}, userOperator: {} },
      },
    },
  ]
}
