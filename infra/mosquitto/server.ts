/** One local broker: started, found again by its pid file, stopped, killed. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createConnection } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { MQTT_SCRIPT } from "@assay/settings"
import { SetupProblem as Problem } from "../local/problem.ts"
import { outputTail, runningPid, signal, spawnBroker, suspend, waitGone } from "../local/process.ts"
import { findMosquitto } from "./binary.ts"
import { aclOf, configurationOf, HOST, layOut, type MosquittoOptions, urlOf } from "./layout.ts"

const START_MS = 30_000
/** It saves what waits; one that has not ended by then is killed. */
const STOP_MS = 10_000
const POLL_MS = 20
const CONNECT_MS = 1_000

export interface MosquittoServer {
  readonly url: string
  readonly port: number
  /** Null while it does not run. */
  readonly pid: number | null
  /** Returns when it takes connections; nothing where it runs. @throws Problem */
  start(): Promise<void>
  /** SIGTERM, at which it saves its sessions; then SIGKILL when it takes too long. @returns whether it ran */
  stop(): Promise<boolean>
  /** After SIGKILL it returns when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Sessions are restored before it listens. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: HOST })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(CONNECT_MS, () => end(false))
    socket.once("error", () => end(false))
    socket.once("connect", () => end(true))
  })

const waitReady = async (port: number, ended: () => boolean): Promise<boolean> => {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && !ended()) {
    if (await answers(port)) return !ended()
    await sleep(POLL_MS)
  }
  return false
}

/** @throws Problem where none is installed */
const requireBinary = (): string => {
  const binary = findMosquitto()
  if (binary !== null) return binary
  throw new Problem("no mosquitto in the PATH: install it (Debian: apt-get install mosquitto), or name it in MOSQUITTO")
}

/** A broker that may or may not run yet. @throws Problem */
export const mosquittoServer = async (options: MosquittoOptions): Promise<MosquittoServer> => {
  const layout = layOut(options)
  let pid = await runningPid(layout)
  const kill = async (running: number): Promise<void> => {
    signal(running, "SIGKILL")
    if (!(await waitGone(layout, STOP_MS))) throw new Problem(`process ${running} does not end, even by SIGKILL`)
    pid = null
  }
  return {
    url: urlOf(layout),
    port: layout.port,
    get pid() {
      return pid
    },
    async start() {
      pid = await runningPid(layout)
      if (pid !== null) {
        const port = /^listener (\d+)/m.exec(await readFile(layout.propertiesFile, "utf8"))?.[1]
        if (port === String(layout.port)) return
        throw new Problem(
          `the broker of ${layout.dir} runs already, on port ${port}: use it there, or stop it first (npm run mqtt:down)`,
        )
      }
      const binary = requireBinary()
      if (await answers(layout.port))
        throw new Problem(
          `port ${layout.port} is taken: free it, or choose another with --port or ${MQTT_SCRIPT.port.key}`,
        )
      await mkdir(layout.dir, { recursive: true, mode: 0o700 })
      await writeFile(layout.propertiesFile, configurationOf(layout), { mode: 0o600 })
      await writeFile(layout.aclFile, aclOf(layout), { mode: 0o600 })
      const started = await spawnBroker(layout, binary, ["-c", layout.propertiesFile])
      pid = started.pid
      let end: string | null = null
      void started.ended.then((how) => {
        end = how
        if (pid === started.pid) pid = null
      })
      if (await waitReady(layout.port, () => end !== null)) return
      const how = end === null ? `did not answer within ${START_MS / 1000} s` : `ended while starting (${end})`
      if (end === null) await kill(started.pid)
      throw new Problem(`${binary} ${how}; it said:\n${await outputTail(layout.outputDir)}`)
    },
    async stop() {
      const running = await runningPid(layout)
      if (running === null) return false
      signal(running, "SIGTERM")
      signal(running, "SIGCONT") // one that is paused takes the SIGTERM only when it goes on
      if (!(await waitGone(layout, STOP_MS))) await kill(running)
      pid = null
      return true
    },
    async kill(name) {
      const running = await runningPid(layout)
      if (running === null) return
      if (name === "SIGKILL") await kill(running)
      else if (name === "SIGSTOP") await suspend(running)
      else signal(running, name)
    },
  }
}

/** Starts a broker, and returns when it takes connections. @throws Problem; nothing is left running */
export const startMosquitto = async (options: MosquittoOptions): Promise<MosquittoServer> => {
  const server = await mosquittoServer(options)
  await server.start()
  return server
}
