/** One local broker (`infra/local/server.ts`). */
import { writeFile } from "node:fs/promises"
import { createConnection } from "node:net"
import { MQTT_SCRIPT } from "@assay/settings"
import { SetupProblem as Problem } from "../local/problem.ts"
import { type LocalServer, localServer } from "../local/server.ts"
import { findMosquitto } from "./binary.ts"
import { aclOf, configurationOf, HOST, layOut, type MosquittoOptions, urlOf } from "./layout.ts"

const START_MS = 30_000
/** It saves what waits; one that has not ended by then is killed. */
const STOP_MS = 10_000
const POLL_MS = 20
const CONNECT_MS = 1_000

export type MosquittoServer = LocalServer

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

/** @throws Problem where none is installed */
const requireBinary = (): string => {
  const binary = findMosquitto()
  if (binary !== null) return binary
  throw new Problem("no mosquitto in the PATH: install it (Debian: apt-get install mosquitto), or name it in MOSQUITTO")
}

/** A broker that may or may not run yet. @throws Problem */
export const mosquittoServer = (options: MosquittoOptions): Promise<MosquittoServer> => {
  const layout = layOut(options)
  return localServer({
    url: urlOf(layout),
    layout,
    what: "the broker",
    stopCall: "npm run mqtt:down",
    startMs: START_MS,
    stopMs: STOP_MS,
    pollMs: POLL_MS,
    port: /^listener (\d+)/m,
    program: requireBinary,
    argv: ["-c", layout.propertiesFile],
    requireFree: async () => {
      if (await answers(layout.port))
        throw new Problem(
          `port ${layout.port} is taken: free it, or choose another with --port or ${MQTT_SCRIPT.port.key}`,
        )
    },
    configure: async () => {
      await writeFile(layout.propertiesFile, configurationOf(layout), { mode: 0o600 })
      await writeFile(layout.aclFile, aclOf(layout), { mode: 0o600 })
    },
    isReady: () => answers(layout.port),
  })
}

/** Starts a broker, and returns when it takes connections. @throws Problem; nothing is left running */
export const startMosquitto = async (options: MosquittoOptions): Promise<MosquittoServer> => {
  const server = await mosquittoServer(options)
  await server.start()
  return server
}
