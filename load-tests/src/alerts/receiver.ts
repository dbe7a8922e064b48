/** What a sink sends to: it takes everything, refuses everything, or is away. */
import { createServer, type Server } from "node:http"
import { freePorts } from "@assay/infra/kafka"

export interface AlertReceiver {
  /** For `assay export --to`. */
  readonly to: string
  /** 204 or 400 to every POST from now on. */
  answers(status: 204 | 400): void
  /** Nobody listens any more. */
  leave(): Promise<void>
  /** Listens again, on the same port. */
  come(): Promise<void>
}

export const alertReceiver = async (): Promise<AlertReceiver> => {
  const port = await freePorts(1)
  let status: 204 | 400 = 204
  let server: Server | null = null
  const come = async (): Promise<void> => {
    const next = createServer((request, response) => {
      request.resume().once("end", () => response.writeHead(status).end())
    })
    await new Promise<void>((resolve, reject) => {
      next.once("error", reject)
      next.listen(port, "127.0.0.1", resolve)
    })
    server = next
  }
  await come()
  return {
    to: `webhook:http://127.0.0.1:${port}/in?storm=0&timeout=5`,
    answers: (next) => {
      status = next
    },
    come,
    leave: async () => {
      const last = server
      server = null
      if (last === null) return
      const closed = new Promise((resolve) => last.close(resolve))
      last.closeAllConnections()
      await closed
    },
  }
}
