/** One broker of a cluster: format its storage, start it, stop it, kill it. */
import { execFile } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import type { Jars } from "./jars.ts"
import { javaCommand } from "./java.ts"
import { brokerArguments, formatArguments } from "./jvm.ts"
import { type ClusterLayout, HOST, listeningPorts, type NodeLayout } from "./layout.ts"
import { KafkaProblem, tail } from "./problem.ts"
import { outputTail, runningPid, signal, spawnBroker } from "./process.ts"
import { nodeProperties, type Properties, renderProperties } from "./properties.ts"
import { type ClientSettings, waitAlive } from "./ready.ts"
import { killProcess, stopProcess } from "./stop.ts"

/** A small machine under load starts a broker in well under a minute. */
const START_MS = 120_000

export interface Node {
  readonly id: number
  /** `host:port` for clients. */
  readonly broker: string
  readonly dir: string
  /** Null while it does not run. */
  readonly pid: number | null
  /** Starts the process and returns when it answers; nothing where it runs. @throws KafkaProblem */
  start(): Promise<void>
  /** SIGTERM, and SIGKILL when it takes too long; nothing where it does not run. @returns whether it ended by itself */
  stop(): Promise<boolean>
  /** Sends a signal (SIGKILL, SIGSTOP, SIGCONT, ...). After SIGKILL it returns when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface NodeContext {
  readonly cluster: ClusterLayout
  readonly jars: Jars
  /** Settings of the listeners of a secure cluster, and the SCRAM credentials that storage is formatted with. */
  readonly secured: { readonly properties: Properties; readonly credentials: ReadonlyArray<string> }
  readonly client: ClientSettings
}

/** @throws KafkaProblem that names the port where somebody listens on it */
export const requireFree = async (port: number): Promise<void> => {
  const server = createServer()
  const cause = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once("error", resolve)
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(null)))
  })
  if (cause?.code === "EADDRINUSE") {
    throw new KafkaProblem(`port ${port} is taken: free it, or choose another with --port or ASSAY_KAFKA_PORT`)
  }
  if (cause !== null) throw new KafkaProblem(`no broker can listen on ${HOST}:${port}: ${cause.message}`)
}

/** Writes the node's configuration and formats its storage, where that is not done. @throws KafkaProblem */
export const prepareNode = async ({ cluster, jars, secured }: NodeContext, node: NodeLayout): Promise<void> => {
  await mkdir(node.outputDir, { recursive: true, mode: 0o700 })
  const properties = { ...nodeProperties(cluster, node), ...secured.properties }
  await writeFile(node.propertiesFile, renderProperties(properties), { mode: 0o600 })
  const argv = formatArguments(jars, node, cluster.clusterId, secured.credentials)
  await promisify(execFile)(javaCommand(), [...argv]).catch((cause: Error & { stdout?: string; stderr?: string }) => {
    const said = tail(`${cause.stdout ?? ""}${cause.stderr ?? ""}` || cause.message, 15)
    throw new KafkaProblem(`the storage of node ${node.id} in ${node.logDir} cannot be formatted:\n${said}`)
  })
}

/** Starts the process without waiting until it serves. */
const launch = async ({ cluster, jars }: NodeContext, node: NodeLayout) => {
  for (const port of listeningPorts(cluster, node)) await requireFree(port)
  return spawnBroker(node, javaCommand(), brokerArguments(jars, node, cluster.heap))
}

export const makeNode = async (context: NodeContext, layout: NodeLayout): Promise<Node> => {
  let pid = await runningPid(layout)
  const broker = `${HOST}:${layout.port}`
  return {
    id: layout.id,
    broker,
    dir: layout.dir,
    get pid() {
      return pid
    },
    async start() {
      pid = await runningPid(layout)
      if (pid !== null) return
      const started = await launch(context, layout)
      pid = started.pid
      let end: string | null = null
      void started.ended.then((how) => {
        end = how
        if (pid === started.pid) pid = null
      })
      const client = { ...context.client, brokers: [broker] }
      if (await waitAlive(client, 1, START_MS, () => end !== null)) return
      // Its last words may still be on the way to the file.
      if (end === null) {
        await killProcess(layout, started.pid)
      } else await sleep(50)
      throw new KafkaProblem(
        `the broker of node ${layout.id} ${end === null ? `did not answer within ${START_MS / 1000} s` : `died while starting (${end})`}; its log (${layout.outputDir}) ends:\n${await outputTail(layout.outputDir)}`,
      )
    },
    async stop() {
      const end = await stopProcess(layout)
      pid = null
      return end !== "killed"
    },
    async kill(name) {
      const running = await runningPid(layout)
      if (running === null) return
      if (name !== "SIGKILL") return signal(running, name)
      await killProcess(layout, running)
      pid = null
    },
  }
}
