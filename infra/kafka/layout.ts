/** Where the nodes of one cluster stand: ids, ports, directories. Everything on loopback. */
import { join } from "node:path"

/** Brokers listen here and nowhere else: without authentication, nothing beyond this machine may reach them. */
export const HOST = "127.0.0.1"

export interface ClusterLayout {
  readonly dataDir: string
  readonly clusterId: string
  readonly nodes: 1 | 3
  readonly basePort: number
  /** The JVM's -Xmx, for example `512m`. */
  readonly heap: string
  readonly secure: boolean
}

export interface NodeLayout {
  /** 1, 2, 3. */
  readonly id: number
  /** Clients. */
  readonly port: number
  /** The KRaft quorum. */
  readonly controllerPort: number
  /** Between brokers; only a secure cluster has it, another one uses `port`. */
  readonly replicationPort: number
  readonly dir: string
  /** Kafka's own: `log.dirs`. */
  readonly logDir: string
  readonly propertiesFile: string
  readonly pidFile: string
  /** Holds server.log and console.log. */
  readonly outputDir: string
}

/** `nodes` client ports from `basePort` on, then as many for the controllers, then (secure) as many for replication. */
export const nodeLayouts = (cluster: ClusterLayout): ReadonlyArray<NodeLayout> =>
  Array.from({ length: cluster.nodes }, (_, index) => {
    const dir = join(cluster.dataDir, `node-${index + 1}`)
    return {
      id: index + 1,
      port: cluster.basePort + index,
      controllerPort: cluster.basePort + cluster.nodes + index,
      replicationPort: cluster.basePort + 2 * cluster.nodes + index,
      dir,
      logDir: join(dir, "log"),
      propertiesFile: join(dir, "server.properties"),
      pidFile: join(dir, "broker.pid"),
      outputDir: join(dir, "output"),
    }
  })

/** How many ports in a row a cluster takes from its base port on. */
export const portsOf = (cluster: Pick<ClusterLayout, "nodes" | "secure">): number =>
  cluster.nodes * (cluster.secure ? 3 : 2)

/** The ports on which this node listens. */
export const listeningPorts = (cluster: ClusterLayout, node: NodeLayout): ReadonlyArray<number> =>
  cluster.secure ? [node.port, node.controllerPort, node.replicationPort] : [node.port, node.controllerPort]
