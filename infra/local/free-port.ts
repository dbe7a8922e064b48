/** Whether a server could listen on a port of this machine. */
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { SetupProblem as Problem } from "./problem.ts"

const POLL_MS = 20

const tryListening = (host: string, port: number): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", resolve)
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)))
  })

export interface WantedPort {
  readonly host: string
  readonly port: number
  /** The setting that names another. */
  readonly setting: string
  /** A process that was killed gives its memory back before its sockets: it counts as gone a moment before its port is free. */
  readonly withinMs: number
}

/** @throws Problem where it is taken, or cannot be listened on at all */
export const requireFree = async ({ host, port, setting, withinMs }: WantedPort): Promise<void> => {
  const deadline = performance.now() + withinMs
  let cause = await tryListening(host, port)
  while (cause?.code === "EADDRINUSE" && performance.now() < deadline) {
    await sleep(POLL_MS)
    cause = await tryListening(host, port)
  }
  if (cause?.code === "EADDRINUSE")
    throw new Problem(`port ${port} is taken: free it, or choose another with --port or ${setting}`)
  if (cause !== null) throw new Problem(`no server can listen on ${host}:${port}: ${cause.message}`)
}
