/** A syslog receiver over TCP or TLS that reads octet counts, and that stands still, breaks and dies as a test says. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { createServer as createTls, type TLSSocket } from "node:tls"
import { onTestFinished } from "vitest"

/** RFC 6587 section 3.4.1. @returns whole messages, and what is left */
export const unframe = (bytes: Buffer): { readonly messages: ReadonlyArray<string>; readonly rest: Buffer } => {
  const messages: Array<string> = []
  let at = 0
  for (;;) {
    const space = bytes.indexOf(0x20, at)
    if (space < 0) break
    const length = Number(bytes.toString("latin1", at, space))
    if (!(length > 0)) throw new Error(`no octet count: ${bytes.toString("latin1", at, space).slice(0, 40)}`)
    if (bytes.length < space + 1 + length) break
    messages.push(bytes.toString("utf8", space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return { messages, rest: bytes.subarray(at) }
}

export interface Receiver {
  readonly port: number
  readonly messages: ReadonlyArray<string>
  connections(): number
  /** Called with each new connection, before anything is read. */
  onConnection: (socket: Socket) => void
  /** While false, nothing is read. */
  reading(is: boolean): void
  stop(): Promise<void>
}

export const startReceiver = async (
  tls: { readonly cert: Buffer; readonly key: Buffer } | null,
  port = 0,
): Promise<Receiver> => {
  const messages: Array<string> = []
  const sockets = new Set<Socket>()
  let connections = 0
  let isReading = true
  const receiver: { onConnection: (socket: Socket) => void } = { onConnection: () => undefined }
  const take = (socket: Socket | TLSSocket): void => {
    connections += 1
    sockets.add(socket)
    let rest: Buffer = Buffer.alloc(0)
    socket.on("error", () => undefined)
    socket.on("close", () => sockets.delete(socket))
    receiver.onConnection(socket)
    socket.on("data", (part) => {
      const found = unframe(Buffer.concat([rest, part]))
      rest = Buffer.from(found.rest)
      messages.push(...found.messages)
    })
    if (!isReading) socket.pause()
  }
  const server: Server = tls === null ? createServer(take) : createTls(tls, take)
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  onTestFinished(stop)
  return Object.assign(receiver, {
    port: (server.address() as AddressInfo).port,
    messages,
    connections: () => connections,
    reading: (is: boolean): void => {
      isReading = is
      for (const socket of sockets) is ? socket.resume() : socket.pause()
    },
    stop,
  })
}
