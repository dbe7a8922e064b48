/** What a data directory remembers of its cluster: cluster.json. */
import { randomBytes } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { SetupProblem } from "../local/problem.ts"
import { runningPid } from "../local/process.ts"
import { type ClusterLayout, nodeLayouts } from "./layout.ts"

const FILE = "cluster.json"

/** The layout of a data directory; null where there is no cluster. @throws SetupProblem where the file is not ours */
export const readLayout = async (dataDir: string): Promise<ClusterLayout | null> => {
  const file = join(resolve(dataDir), FILE)
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    throw new SetupProblem(`${file} cannot be read: ${cause.message}`)
  })
  if (text === null) return null
  let layout: Partial<ClusterLayout> = {}
  try {
    layout = JSON.parse(text) as Partial<ClusterLayout>
  } catch {
    // Answered below: it names no cluster.
  }
  const { clusterId, nodes, basePort, heap, secure } = layout ?? {}
  if (clusterId === undefined || (nodes !== 1 && nodes !== 3) || basePort === undefined || heap === undefined) {
    throw new SetupProblem(`${file} describes no cluster: remove that directory, or choose another with --data`)
  }
  return { dataDir: resolve(dataDir), clusterId, nodes, basePort, heap, secure: secure === true }
}

export const writeLayout = async ({ dataDir, ...layout }: ClusterLayout): Promise<void> =>
  writeFile(join(dataDir, FILE), `${JSON.stringify(layout, null, 2)}\n`)

/**
 * The layout that these options ask for, with the cluster id that the directory has already.
 * @throws SetupProblem where the directory holds another kind of cluster, or one that runs on other ports
 */
export const layOut = async (options: {
  readonly dataDir: string
  readonly nodes?: 1 | 3
  readonly basePort: number
  readonly heap?: string
  readonly secure?: boolean
}): Promise<ClusterLayout> => {
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
  if (before === null) return wanted
  if (before.nodes !== wanted.nodes || before.secure !== wanted.secure) {
    const kind = (it: ClusterLayout): string => `${it.nodes} node(s)${it.secure ? ", secure" : ""}`
    throw new SetupProblem(
      `${dataDir} holds a cluster of ${kind(before)}, not of ${kind(wanted)}: choose another directory with --data, or delete it by kafka:down --wipe`,
    )
  }
  if (before.basePort !== wanted.basePort) {
    const running = await Promise.all(nodeLayouts(before).map(runningPid))
    if (running.some((pid) => pid !== null)) {
      throw new SetupProblem(
        `the cluster in ${dataDir} runs on port ${before.basePort}, not ${wanted.basePort}: stop it first, by kafka:down`,
      )
    }
  }
  return wanted
}
