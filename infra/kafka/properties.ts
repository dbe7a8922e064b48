/** server.properties of one node: what a stream of evidence needs, and what makes a broker start fast on a small machine. */
import { type ClusterLayout, HOST, type NodeLayout, nodeLayouts } from "./layout.ts"

const MEBIBYTE = 1024 * 1024

export type Properties = Readonly<Record<string, string | number | boolean>>

/** Every setting of a node but those that secure its listeners (secure/properties.ts). */
export const nodeProperties = (cluster: ClusterLayout, node: NodeLayout): Properties => {
  const replicas = cluster.nodes
  const inSync = cluster.nodes === 3 ? 2 : 1
  const listeners = cluster.secure
    ? [`CLIENT://${HOST}:${node.port}`, `REPLICATION://${HOST}:${node.replicationPort}`]
    : [`CLIENT://${HOST}:${node.port}`]
  return {
    "process.roles": "broker,controller",
    "node.id": node.id,
    "controller.quorum.voters": nodeLayouts(cluster)
      .map(({ id, controllerPort }) => `${id}@${HOST}:${controllerPort}`)
      .join(","),
    listeners: [...listeners, `CONTROLLER://${HOST}:${node.controllerPort}`].join(","),
    "advertised.listeners": listeners.join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": cluster.secure ? "REPLICATION" : "CLIENT",
    "listener.security.protocol.map": cluster.secure
      ? "CLIENT:SASL_SSL,REPLICATION:SSL,CONTROLLER:SSL"
      : "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": node.logDir,

    // Topics are made by `assay topics apply`, as specified, or not at all.
    "auto.create.topics.enable": false,
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "unclean.leader.election.enable": false,

    // A batch of the pipeline is a few MiB; one record is far below.
    "message.max.bytes": 16 * MEBIBYTE,
    "replica.fetch.max.bytes": 16 * MEBIBYTE,

    // Tests and fault runs join, leave and die often, with short sessions.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,

    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 8,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "transaction.state.log.num.partitions": 8,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": inSync,
    "share.coordinator.state.topic.num.partitions": 8,
  }
}

/** In the file format of Java: a backslash escapes, so a path that holds one is doubled. */
export const renderProperties = (properties: Properties): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll("\\", "\\\\")}\n`)
    .join("")
