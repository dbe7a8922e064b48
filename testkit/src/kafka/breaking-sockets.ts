/** Connections to a real broker that break at a moment of the test's choice: nobody hears what became of a request. */
import { createConnection, type Socket } from "node:net"
import type { ISocketFactory } from "kafkajs"

/** Keys of requests. */
export const END_TXN = 26
export const PRODUCE = 0

const reset = (): Error => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })

/** What breaks next; the test may change it at any time. */
export interface Breaking {
  /** The key of the request. */
  kind: number
  /** The connection breaks before the request leaves, else after it did. */
  before: boolean
  /** So many times from now on. */
  times: number
}

export const breaking = (plan: Breaking): ISocketFactory => {
  return ({ host, port, onConnect }) => {
    const socket: Socket = createConnection({ host, port }, onConnect)
    const write = socket.write.bind(socket) as (bytes: Uint8Array, encoding: "binary") => boolean
    socket.write = ((bytes: Buffer, encoding: "binary"): boolean => {
      const hit = plan.times > 0 && bytes.length > 6 && bytes.readInt16BE(4) === plan.kind
      if (!hit) return write(bytes, encoding)
      plan.times--
      if (plan.before) {
        socket.destroy(reset())
        return false
      }
      const sent = write(bytes, encoding)
      // The request is in the kernel's hands and will arrive; its answer finds nobody.
      setImmediate(() => socket.destroy(reset()))
      return sent
    }) as Socket["write"]
    return socket
  }
}
