/** The brokers of a program: those that KAFKA_BROKERS names, or a cluster of its own that ends with it. */
import { join } from "node:path"
import { type Cluster, freePorts, namedBrokers, startCluster } from "@assay/infra/kafka"

export interface Brokers {
  readonly brokers: ReadonlyArray<string>
  /** Null where the brokers are somebody else's. */
  readonly cluster: Cluster | null
  stop(): Promise<void>
}

/** A cluster takes up to three ports for clients, and as many for controllers and replication, in a row. */
const PORTS = 12

/** @throws SetupProblem where this machine cannot run a broker */
export const ownBrokers = async (
  dir: string,
  nodes: 1 | 3,
  progress: (line: string) => void,
): Promise<Brokers & { readonly cluster: Cluster }> => {
  const cluster = await startCluster({
    dataDir: join(dir, "kafka"),
    basePort: await freePorts(PORTS),
    nodes,
    tied: true,
    progress,
  })
  return { brokers: cluster.brokers, cluster, stop: async () => void (await cluster.stop()) }
}

/** Those of KAFKA_BROKERS, else one of its own. @throws SetupProblem */
export const anyBrokers = async (dir: string, progress: (line: string) => void): Promise<Brokers> => {
  const named = namedBrokers()
  if (named.length > 0) return { brokers: named, cluster: null, stop: async () => undefined }
  return ownBrokers(dir, 1, progress)
}
