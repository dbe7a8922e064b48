/** A whole cluster in one data directory: started, found again, stopped. */
import { mkdir } from "node:fs/promises"
import { guardServers } from "../local/guard.ts"
import { requireJava } from "../local/java.ts"
import { SetupProblem } from "../local/problem.ts"
import { runningPid } from "../local/process.ts"
import { ensureJars } from "./jars.ts"
import { type ClusterLayout, HOST, listeningPorts, nodeLayouts } from "./layout.ts"
import { layOut, writeLayout } from "./memory.ts"
import { makeNode, type Node, type NodeContext, prepareNode } from "./node.ts"
import { requireFree } from "./ports.ts"
import { type ClientSettings, waitAlive } from "./ready.ts"
import { clientOf, OPEN, type Security, secureDirectory } from "./secure/secure.ts"
import { ADMIN, type Users } from "./secure/users.ts"

const JOIN_MS = 120_000

export interface ClusterOptions {
  readonly dataDir: string
  readonly nodes?: 1 | 3
  /** Clients connect to `basePort`, and with three nodes to the two above; see layout.ts for the others. */
  readonly basePort: number
  /** For -Xmx, per node. */
  readonly heap?: string
  readonly secure?: boolean
  /** Users of a secure cluster beside `admin`; those of the first start are kept. */
  readonly users?: ReadonlyArray<string>
  /** The brokers end with this process, however it ends; else they outlive it. */
  readonly tied?: boolean
  /** `name=version` of features of a new cluster, for example `transaction.version=1`; Kafka's own of this version by default. */
  readonly features?: ReadonlyArray<string>
  readonly progress?: (line: string) => void
}

export interface Cluster {
  readonly dataDir: string
  readonly clusterId: string
  /** Of Kafka. */
  readonly version: string
  /** `host:port` of each node. */
  readonly brokers: Array<string>
  readonly nodes: ReadonlyArray<Node>
  /** What a client needs to connect: as the super user where the cluster is secure. */
  readonly client: ClientSettings
  /** Name to password; empty where the cluster is not secure. */
  readonly users: Users
  /** What a client needs to connect as this user of a secure cluster. */
  clientAs(user: string): ClientSettings
  /** Stops every node. @returns whether all ended by themselves */
  stop(): Promise<boolean>
}

/** Nothing is written before the machine is known to have what is needed. @throws SetupProblem */
const requireReady = async (layout: ClusterLayout): Promise<void> => {
  for (const node of nodeLayouts(layout)) {
    if ((await runningPid(node)) !== null) continue
    for (const port of listeningPorts(layout, node)) await requireFree(port)
  }
}

/** Starts what does not run, all at once: a quorum forms only together. */
const startMissing = async (context: NodeContext, nodes: ReadonlyArray<Node>): Promise<void> => {
  const layouts = nodeLayouts(context.cluster)
  const missing = nodes.filter(({ pid }) => pid === null)
  try {
    await Promise.all(missing.map(({ id }) => prepareNode(context, layouts[id - 1]!)))
    const started = await Promise.allSettled(missing.map((node) => node.start()))
    for (const one of started) if (one.status === "rejected") throw one.reason
    const ids = nodes.map(({ id }) => id)
    if (await waitAlive(context.client, ids, JOIN_MS)) return
    throw new SetupProblem(`not all ${nodes.length} brokers joined the cluster within ${JOIN_MS / 1000} s`)
  } catch (cause) {
    await stopNodes(missing)
    throw cause
  }
}

const stopNodes = async (nodes: ReadonlyArray<Node>): Promise<boolean> =>
  (await Promise.all(nodes.map((node) => node.stop()))).every((clean) => clean)

/**
 * Starts a cluster, or the nodes of it that do not run, and returns when every broker is alive to the others.
 * @throws SetupProblem where Java, Maven, a port or the directory is not as needed, or a broker dies; what was started then
 * is stopped
 */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  await requireJava()
  const jars = await ensureJars(undefined, options.progress)
  const layout = await layOut(options)
  await requireReady(layout)
  await mkdir(layout.dataDir, { recursive: true, mode: 0o700 })
  const security: Security = layout.secure ? await secureDirectory(layout.dataDir, options.users ?? []) : OPEN
  await writeLayout(layout)
  const layouts = nodeLayouts(layout)
  const brokers = layouts.map(({ port }) => `${HOST}:${port}`)
  const client = layout.secure ? clientOf(security, brokers, ADMIN) : { brokers }
  const context: NodeContext = { cluster: layout, jars, security, client, features: options.features ?? [] }
  const nodes = await Promise.all(layouts.map((node) => makeNode(context, node)))
  if (options.tied) guardServers(layouts)
  await startMissing(context, nodes)
  return {
    dataDir: layout.dataDir,
    clusterId: layout.clusterId,
    version: jars.version,
    brokers,
    nodes,
    client,
    users: security.users,
    clientAs: (user) => clientOf(security, brokers, user),
    stop: () => stopNodes(nodes),
  }
}
