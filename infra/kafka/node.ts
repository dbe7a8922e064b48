/** One broker of a cluster: format its storage, start it, stop it, kill it. */
import { execFile } from "node:child_process"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { javaCommand } from "../local/java.ts"
import { SetupProblem, tail } from "../local/problem.ts"
import { outputTail, runningPid, signal, spawnBroker, suspend } from "../local/process.ts"
import type { Jars } from "./jars.ts"
import { brokerArguments, formatArguments, quoteArgument } from "./jvm.ts"
import { type ClusterLayout, HOST, listeningPorts, type NodeLayout } from "./layout.ts"
import { requireFree } from "./ports.ts"
import { nodeProperties, renderProperties } from "./properties.ts"
import { type ClientSettings, waitAlive } from "./ready.ts"
import type { Security } from "./secure/secure.ts"
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
  /** Starts the process and returns when it answers; nothing where it runs. @throws SetupProblem */
  start(): Promise<void>
  /** SIGTERM, and SIGKILL when it takes too long; nothing where it does not run. @returns whether it ended by itself */
  stop(): Promise<boolean>
  /** Sends a signal (SIGKILL, SIGSTOP, SIGCONT, ...). After SIGKILL it returns when the process is gone, after SIGSTOP when no thread runs. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface NodeContext {
  readonly cluster: ClusterLayout
  readonly jars: Jars
  readonly security: Security
  readonly client: ClientSettings
  /** `name=version` of what a new cluster is to have in force, where that is not what Kafka begins with. */
  readonly features: ReadonlyArray<string>
}

/** Writes the node's configuration and formats its storage, where that is not done. @throws SetupProblem */
export const prepareNode = async (
  { cluster, jars, security, features }: NodeContext,
  node: NodeLayout,
): Promise<void> => {
  await mkdir(node.outputDir, { recursive: true, mode: 0o700 })
  const properties = { ...nodeProperties(cluster, node), ...security.properties }
  await writeFile(node.propertiesFile, renderProperties(properties), { mode: 0o600 })
  // By a file of arguments: what the credentials are made of must not be seen in the list of processes.
  const argumentFile = join(node.dir, "format.args")
  const argv = formatArguments(jars, node, cluster.clusterId, security.credentials, features)
  await writeFile(argumentFile, argv.map(quoteArgument).join("\n"), { mode: 0o600 })
  try {
    await promisify(execFile)(javaCommand(), [`@${argumentFile}`])
  } catch (cause) {
    const { stdout = "", stderr = "", message } = cause as Error & { stdout?: string; stderr?: string }
    throw new SetupProblem(
      `the storage of node ${node.id} in ${node.logDir} cannot be formatted:\n${tail(`${stdout}${stderr}` || message, 15)}`,
    )
  } finally {
    await rm(argumentFile, { force: true })
  }
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
      if (await waitAlive(client, [layout.id], START_MS, () => end !== null)) return
      // Its last words may still be on the way to the file.
      if (end === null) {
        await killProcess(layout, started.pid)
      } else await sleep(50)
      throw new SetupProblem(
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
      if (name === "SIGSTOP") return suspend(running)
      if (name !== "SIGKILL") return signal(running, name)
      await killProcess(layout, running)
      pid = null
    },
  }
}
