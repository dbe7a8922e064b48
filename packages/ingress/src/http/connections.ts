/**
 * Which connections are open and what each is doing: one request at a time on each, room for new ones by closing the longest
 * idle one, and a reserve for probes where all are at work. Not shared between threads.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { HttpLimits } from "./limits.ts"

interface Connection {
  readonly socket: Socket
  /** Whether a request of it is being answered. */
  isBusy: boolean
  /** Bytes that surely belong to the body of its request; 0 where that is not known. */
  bodyLeft: number
  /** Requests that came ahead of the answer. */
  ahead: number
  /** Opened where all others were at work: for probes only. */
  readonly isReserved: boolean
}

/** What a request may do here. */
export interface Turn {
  readonly onlyProbes: boolean
  /** Whether the connection ends with this answer, because more requests came ahead of it. */
  readonly isLast: () => boolean
}

/** TLS has two sockets for one connection; both know the other side's address. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Bytes that Node's parser gets at once. */
const SLICE = 4 << 10

export class Connections {
  readonly #limits: Pick<HttpLimits, "connections" | "reserve" | "ahead">
  readonly #open = new Map<string, Connection>()
  /** Those that wait for a request, longest first. */
  readonly #idle = new Set<Connection>()
  /** Those of the reserve, oldest first. */
  readonly #reserved = new Set<Connection>()

  constructor(limits: Pick<HttpLimits, "connections" | "reserve" | "ahead">) {
    this.#limits = limits
  }

  /** A connection was opened; for TLS before the handshake. */
  opened(socket: Socket): void {
    const isReserved = !this.#hasRoom()
    if (isReserved && this.#reserved.size >= this.#limits.reserve) this.#closeFirst(this.#reserved)
    const connection: Connection = { socket, isBusy: false, bodyLeft: 0, ahead: 0, isReserved }
    const name = nameOf(socket)
    this.#open.set(name, connection)
    this.#setOf(connection).add(connection)
    socket.once("close", () => {
      this.#idle.delete(connection)
      this.#reserved.delete(connection)
      if (this.#open.get(name) === connection) this.#open.delete(name)
    })
  }

  /**
   * Node's server is about to read from it; for TLS after the handshake. Node parses all that one read brought, 64 KiB or
   * 2,000 pipelined requests, whatever a handler says meanwhile: a few connections would keep all others waiting for seconds.
   * So its parser gets what was read in slices; a body whose length is known in one piece.
   */
  reading(socket: Socket): void {
    const connection = this.#open.get(nameOf(socket))
    if (connection === undefined) return void socket.destroy()
    const parse = socket.listeners("data") as Array<(piece: Buffer) => void>
    for (const listener of parse) socket.off("data", listener)
    socket.on("data", (read: Buffer) => {
      // What comes behind the last request that is served is dropped.
      for (let at = 0; at < read.length && connection.ahead === 0; ) {
        const slice = read.subarray(at, at + Math.max(SLICE, connection.bodyLeft))
        for (const listener of parse) listener.call(socket, slice)
        connection.bodyLeft -= slice.length
        at += slice.length
      }
    })
  }

  /** A request came. @returns null where it must not be served: the connection then ends, with the answer before it */
  begin(request: IncomingMessage, response: ServerResponse): Turn | null {
    const connection = this.#open.get(nameOf(request.socket))
    if (connection === undefined) {
      request.socket.destroy() // gone already
      return null
    }
    if (connection.isBusy) {
      connection.ahead++
      // Node parses all that one read brought before it stops: what waits for its turn has a bound all the same.
      if (connection.ahead > this.#limits.ahead) connection.socket.destroy()
      else request.socket.pause()
      return null
    }
    connection.isBusy = true
    connection.bodyLeft = Number(request.headers["content-length"] ?? 0)
    this.#idle.delete(connection)
    response.once("close", () => {
      connection.isBusy = false
      // RFC 9112, section 9.6: what came behind the last request served is not processed; its sender sends it again.
      if (connection.ahead > 0) request.socket.destroySoon()
      else if (!connection.socket.destroyed) this.#setOf(connection).add(connection)
    })
    return { onlyProbes: connection.isReserved, isLast: () => connection.ahead > 0 || connection.isReserved }
  }

  #setOf({ isReserved }: Connection): Set<Connection> {
    return isReserved ? this.#reserved : this.#idle
  }

  /** Makes room by closing the longest idle connection, where one is idle. */
  #hasRoom(): boolean {
    if (this.#open.size - this.#reserved.size < this.#limits.connections) return true
    if (this.#idle.size === 0) return false
    this.#closeFirst(this.#idle)
    return true
  }

  #closeFirst(connections: Set<Connection>): void {
    for (const connection of connections) {
      connections.delete(connection)
      // Its name goes now: the event comes only in a later turn, and many may be opened in this one.
      this.#open.delete(nameOf(connection.socket))
      connection.socket.destroy()
      return
    }
  }
}
