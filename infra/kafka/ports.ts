/** Whether ports are free, asked before a broker meets them taken and says it in twenty lines of Java. */
import { randomInt } from "node:crypto"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { SetupProblem } from "../local/problem.ts"
import { HOST } from "./layout.ts"

const listenProblem = (port: number): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", resolve)
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(null)))
  })

/** A killed process loses its memory, and with it its name, shortly before its sockets. */
const FREED_MS = 3_000
const POLL_MS = 20

/** @throws SetupProblem that names the port where somebody goes on listening on it */
export const requireFree = async (port: number): Promise<void> => {
  const deadline = performance.now() + FREED_MS
  let cause = await listenProblem(port)
  while (cause?.code === "EADDRINUSE" && performance.now() < deadline) {
    await sleep(POLL_MS)
    cause = await listenProblem(port)
  }
  if (cause?.code === "EADDRINUSE") {
    throw new SetupProblem(`port ${port} is taken: free it, or choose another with --port or ASSAY_KAFKA_PORT`)
  }
  if (cause !== null) throw new SetupProblem(`no broker can listen on ${HOST}:${port}: ${cause.message}`)
}

/** The first of `count` free ports in a row, below those that the system gives to clients; for tests. */
export const freePorts = async (count: number): Promise<number> => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = randomInt(20_000, 32_000 - count)
    const problems = await Promise.all(Array.from({ length: count }, (_, index) => listenProblem(base + index)))
    if (problems.every((problem) => problem === null)) return base
  }
  throw new SetupProblem(`no ${count} free ports in a row on ${HOST}`)
}
