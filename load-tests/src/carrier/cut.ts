/** The network between two programs, which can be cut: a relay on loopback that breaks what goes through it, and takes nothing. */
import { connect, createServer, type Socket } from "node:net"

export interface Cut {
  readonly port: number
  cut(): void
  mend(): void
  close(): Promise<void>
}

export const cuttable = async (to: number): Promise<Cut> => {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect({ port: to, host: "127.0.0.1" })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on("error", () => undefined) // its close follows
      one.once("close", () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const breakAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as { port: number }).port,
    cut: () => {
      isCut = true
      breakAll()
    },
    mend: () => {
      isCut = false
    },
    close: () =>
      new Promise((resolve) => {
        breakAll()
        server.close(() => resolve())
      }),
  }
}
