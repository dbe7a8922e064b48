/** One local Redis or Valkey (`infra/local/server.ts`). */
import { writeFile } from "node:fs/promises"
import { createConnection } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { REDIS_SCRIPT } from "@assay/settings"
import { requireFree } from "../local/free-port.ts"
import { guardServers } from "../local/guard.ts"
import { SetupProblem as Problem } from "../local/problem.ts"
import { type LocalServer, localServer } from "../local/server.ts"
import { findServer } from "./binary.ts"
import { configurationOf, HOST, layOut, quoted, type RedisLayout, type RedisOptions, urlOf } from "./layout.ts"

const START_MS = 30_000
/** A server that has not ended by then is killed; its append-only file is read at the next start. */
const STOP_MS = 10_000
const POLL_MS = 20
const FREE_MS = 1_000
const REPLY_MS = 1_000

export type RedisServer = LocalServer

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
export const redisServer = (options: RedisOptions): Promise<RedisServer> => {
  const layout = layOut(options)
  return localServer({
    url: urlOf(layout),
    layout,
    what: "the server",
    stopCall: "npm run redis:down",
    startMs: START_MS,
    stopMs: STOP_MS,
    pollMs: POLL_MS,
    port: /^port (\d+)$/m,
    program: requireBinary,
    argv: [layout.propertiesFile],
    requireFree: () =>
      requireFree({ host: HOST, port: layout.port, setting: REDIS_SCRIPT.port.key, withinMs: FREE_MS }),
    configure: () => writeFile(layout.propertiesFile, configurationOf(layout), { mode: 0o600 }),
    // It takes no commands while it loads its file.
    isReady: async () => (await asked(layout, "PING")) === "+PONG",
    ...(layout.cluster ? { settle: () => ownAllSlots(layout) } : {}),
  })
}

/** Starts a server, and returns when it answers. @throws Problem; nothing is left running */
export const startRedis = async (options: RedisOptions): Promise<RedisServer> => {
  const server = await redisServer(options)
  if (options.tied) guardServers([layOut(options)])
  await server.start()
  return server
}
