/** A whole cluster in one data directory: started, found again, stopped. */
import { randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { ensureJars } from "./jars.ts"
import { requireJava } from "./java.ts"
import { type ClusterLayout, HOST, nodeLayouts } from "./layout.ts"
import { makeNode, type Node, type NodeContext, prepareNode } from "./node.ts"
import { KafkaProblem } from "./problem.ts"
import { type ClientSettings, waitAlive } from "./ready.ts"

/** What a data directory remembers of its cluster. */
const FILE = "cluster.json"
const JOIN_MS = 120_000

export interface ClusterOptions {
  readonly dataDir: string
  readonly nodes?: 1 | 3
  /** Clients connect to `basePort`, and with three nodes to the two above; see layout.ts for the others. */
  readonly basePort: number
  /** For -Xmx, per node. */
  readonly heap?: string
  readonly secure?: boolean
  readonly progress?: (line: string) => void
}

export interface Cluster {
  readonly dataDir: string
  readonly clusterId: string
  readonly version: string
  /** `host:port` of each node. */
  readonly brokers: Array<string>
  readonly nodes: ReadonlyArray<Node>
  /** What a client needs to connect as the super user, or as anybody where the cluster is not secure. */
  readonly client: ClientSettings
  /** Stops every node. @returns whether all ended by themselves */
  stop(): Promise<boolean>
}

/** @throws KafkaProblem where the file is no cluster.json */
export const readLayout = async (dataDir: string): Promise<ClusterLayout | null> => {
  const file = join(resolve(dataDir), FILE)
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null
    throw new KafkaProblem(`${file} cannot be read: ${cause.message}`)
  })
  if (text === null) return null
  try {
    return { ...(JSON.parse(text) as ClusterLayout), dataDir: resolve(dataDir) }
  } catch {
    throw new KafkaProblem(`${file} is no JSON: remove the data directory, or choose another with --data`)
  }
}

/** The layout that these options ask for, with the cluster id that the directory already has. */
const layOut = async (options: ClusterOptions): Promise<ClusterLayout> => {
  const dataDir = resolve(options.dataDir)
  const before = await readLayout(dataDir)
  const wanted: ClusterLayout = {
    dataDir,
    clusterId: before?.clusterId ?? randomBytes(16).toString("base64url"),
    nodes: options.nodes ?? 1,
    basePort: options.basePort,
    heap: options.heap ?? "512m",
    secure: options.secure ?? false,
  }
  if (before !== null && (before.nodes !== wanted.nodes || before.secure !== wanted.secure)) {
    const kind = (it: ClusterLayout): string => `${it.nodes} node(s)${it.secure ? ", secure" : ""}`
    throw new KafkaProblem(
      `${dataDir} holds a cluster of ${kind(before)}, not of ${kind(wanted)}: choose another directory with --data, or remove it by kafka:down --wipe`,
    )
  }
  return wanted
}

/**
 * Starts a cluster, or the nodes of it that do not run, and returns when every broker is known to every other.
 * @throws KafkaProblem where Java, Maven, a port or the directory is not as needed, or a broker dies; nothing is left running
 */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  await requireJava()
  const jars = await ensureJars(undefined, options.progress)
  const layout = await layOut(options)
  const layouts = nodeLayouts(layout)
  const brokers = layouts.map(({ port }) => `${HOST}:${port}`)
  const context: NodeContext = {
    cluster: layout,
    jars,
    secured: { properties: {}, credentials: [] },
    client: { brokers },
  }
  await mkdir(layout.dataDir, { recursive: true, mode: 0o700 })
  const nodes = await Promise.all(layouts.map((node) => makeNode(context, node)))
  const stop = async (which: ReadonlyArray<Node>): Promise<boolean> =>
    (await Promise.all(which.map((node) => node.stop()))).every((clean) => clean)
  const missing = nodes.filter(({ pid }) => pid === null)
  await Promise.all(missing.map(({ id }) => prepareNode(context, layouts[id - 1]!)))
  const { dataDir, ...remembered } = layout
  await writeFile(join(dataDir, FILE), `${JSON.stringify(remembered, null, 2)}\n`)
  const started = await Promise.allSettled(missing.map((node) => node.start()))
  const failed = started.find((one) => one.status === "rejected")
  if (failed !== undefined || !(await waitAlive(context.client, nodes.length, JOIN_MS))) {
    await stop(missing)
    throw (
      failed?.reason ??
      new KafkaProblem(`not all ${nodes.length} brokers joined the cluster within ${JOIN_MS / 1000} s`)
    )
  }
  return {
    dataDir,
    clusterId: layout.clusterId,
    version: jars.version,
    brokers,
    nodes,
    client: context.client,
    stop: () => stop(nodes),
  }
}
