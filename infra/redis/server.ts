/** One local server: started, found again by its pid file, stopped, killed. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createConnection, createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { SetupProblem as Problem } from "../local/problem.ts"
import { outputTail, runningPid, signal, spawnBroker, suspend, waitGone } from "../local/process.ts"
import { findServer } from "./binary.ts"
import { configurationOf, HOST, layOut, quoted, type RedisLayout, type RedisOptions, urlOf } from "./layout.ts"

const START_MS = 30_000
/** A server that has not ended by then is killed; its append-only file is read at the next start. */
const STOP_MS = 10_000
const POLL_MS = 20
const FREE_MS = 1_000
const REPLY_MS = 1_000

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Null while it does not run. */
  readonly pid: number | null
  /** Returns when it answers; nothing where it runs. @throws Problem */
  start(): Promise<void>
  /** SIGTERM, then SIGKILL when it takes too long. @returns whether it ran */
  stop(): Promise<boolean>
  /** After SIGKILL it returns when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

const tryListening = (port: number): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", resolve)
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(null)))
  })

/** A killed process gives its memory back before its sockets: it counts as gone a moment before its port is free. */
const requireFree = async (port: number): Promise<void> => {
  const deadline = performance.now() + FREE_MS
  let cause = await tryListening(port)
  while (cause?.code === "EADDRINUSE" && performance.now() < deadline) {
    await sleep(POLL_MS)
    cause = await tryListening(port)
  }
  if (cause?.code === "EADDRINUSE")
    throw new Problem(`port ${port} is taken: free it, or choose another with --port or ASSAY_REDIS_PORT`)
  if (cause !== null) throw new Problem(`no server can listen on ${HOST}:${port}: ${cause.message}`)
}

/** Sends one inline command and returns the first line of the answer; null where nobody answers. */
const ask = (port: number, lines: ReadonlyArray<string>): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: HOST })
    let text = ""
    const end = (answer: string | null): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(REPLY_MS, () => end(null))
    socket.once("error", () => end(null))
    socket.once("connect", () => socket.write(lines.map((line) => `${line}\r\n`).join("")))
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
      const answers = text.split("\r\n")
      if (answers.length > lines.length) end(answers[lines.length - 1]!)
    })
    socket.once("close", () => resolve(null))
  })

const asked = (layout: RedisLayout, command: string): Promise<string | null> =>
  ask(layout.port, layout.password === null ? [command] : [`AUTH ${quoted(layout.password)}`, command])

/** Waits until the server takes commands (it does not while it loads its file). */
const waitReady = async (layout: RedisLayout, ended: () => boolean): Promise<boolean> => {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && !ended()) {
    if ((await asked(layout, "PING")) === "+PONG") return true
    await sleep(POLL_MS)
  }
  return false
}

const ownAllSlots = async (layout: RedisLayout): Promise<void> => {
  await asked(layout, "CLUSTER ADDSLOTSRANGE 0 16383") // refused where it has them already
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if ((await asked(layout, "GET assay")) === "$-1") return
    await sleep(POLL_MS)
  }
  throw new Problem(`the cluster of one node on port ${layout.port} did not come up: see ${layout.outputDir}`)
}

/** @throws Problem where no server is installed */
const requireBinary = (): string => {
  const binary = findServer()
  if (binary !== null) return binary
  throw new Problem(
    "no redis-server and no valkey-server in the PATH: install one (Debian: apt-get install redis-server), or name it in REDIS_SERVER",
  )
}

/** A server that may or may not run yet. @throws Problem */
export const redisServer = async (options: RedisOptions): Promise<RedisServer> => {
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
        const port = /^port (\d+)$/m.exec(await readFile(layout.propertiesFile, "utf8"))?.[1]
        if (port === String(layout.port)) return
        throw new Problem(
          `the server of ${layout.dir} runs already, on port ${port}: use it there, or stop it first (npm run redis:down)`,
        )
      }
      const binary = requireBinary()
      await requireFree(layout.port)
      await mkdir(layout.dir, { recursive: true, mode: 0o700 })
      await writeFile(layout.propertiesFile, configurationOf(layout), { mode: 0o600 })
      const started = await spawnBroker(layout, binary, [layout.propertiesFile])
      pid = started.pid
      let end: string | null = null
      void started.ended.then((how) => {
        end = how
        if (pid === started.pid) pid = null
      })
      if (!(await waitReady(layout, () => end !== null))) {
        const how = end === null ? `did not answer within ${START_MS / 1000} s` : `ended while starting (${end})`
        if (end === null) await kill(started.pid)
        throw new Problem(`${binary} ${how}; it said:\n${await outputTail(layout.outputDir)}`)
      }
      if (layout.cluster) await ownAllSlots(layout)
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

/** Starts a server, and returns when it answers. @throws Problem; nothing is left running */
export const startRedis = async (options: RedisOptions): Promise<RedisServer> => {
  const server = await redisServer(options)
  await server.start()
  return server
}
