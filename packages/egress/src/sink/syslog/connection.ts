/** One connection to a syslog receiver: opened, written to, and closed in a way that shows that all of it was read. */
import { connect as connectPlain, isIP, type Socket } from "node:net"
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls"

export interface Receiver {
  readonly host: string
  readonly port: number
  /** Null: without TLS. */
  readonly tls: ConnectionOptions | null
  /** For connecting, and for the other side to take what it is given. */
  readonly timeoutMs: number
}

/** Kept from one connection to the next: a resumed TLS session spares both sides most of the handshake. */
export interface Sessions {
  session: Buffer | null
}

const failed = (what: string): Error => new Error(`the syslog receiver ${what}`)

/** Resolves when `wait` does; rejects, and destroys the socket, when that takes too long or the socket breaks. */
const guarded = <T>(
  socket: Socket,
  timeoutMs: number,
  what: string,
  wait: (done: (value: T) => void, fail: (cause: Error) => void) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(failed(`did not ${what} within ${timeoutMs} ms`)), timeoutMs)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.off("error", broke)
      socket.off("close", closed)
      settle()
    }
    const fail = (cause: Error): void => {
      end(() => reject(cause))
      socket.destroy()
    }
    const broke = (cause: Error): void => fail(failed(`broke the connection: ${cause.message}`))
    const closed = (): void => fail(failed(`closed the connection before it could ${what}`))
    socket.on("error", broke)
    socket.on("close", closed)
    wait((value) => end(() => resolve(value)), fail)
  })

export class Connection {
  readonly #socket: Socket
  readonly #timeoutMs: number
  /** The other side said that it sends and reads no more, though nobody asked it to. */
  #isEnded = false
  #broken: Error | null = null

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
    socket.on("error", (cause) => {
      this.#broken = cause
    })
    socket.on("end", () => {
      this.#isEnded = true
    })
    // Nothing is expected, but an end is only seen by who reads.
    socket.resume()
  }

  /** @throws what the network or the certificate says */
  static async open({ host, port, tls, timeoutMs }: Receiver, sessions: Sessions): Promise<Connection> {
    const socket: Socket | TLSSocket =
      tls === null
        ? connectPlain({ host, port })
        : connectTls({
            host,
            port,
            // RFC 6066 section 3: an address is no name.
            ...(isIP(host) === 0 ? { servername: host } : {}),
            ...tls,
            ...(sessions.session === null ? {} : { session: sessions.session }),
          })
    // Whatever it comes to when nobody waits for it: an error without a listener ends the process.
    socket.on("error", () => undefined)
    socket.on("session", (session: Buffer) => {
      sessions.session = session
    })
    await guarded<void>(socket, timeoutMs, "answer", (done) => {
      socket.once(tls === null ? "connect" : "secureConnect", () => done())
    })
    return new Connection(socket, timeoutMs)
  }

  get isUsable(): boolean {
    return this.#broken === null && !this.#isEnded && this.#socket.writable
  }

  /** Resolves when the operating system has all of it: it sends what it has even if this process ends. */
  write(bytes: Uint8Array): Promise<void> {
    if (!this.isUsable) return Promise.reject(this.#why("read"))
    return guarded(this.#socket, this.#timeoutMs, "take the data", (done, fail) => {
      this.#socket.write(bytes, (cause) => (cause === null || cause === undefined ? done() : fail(cause)))
    })
  }

  /**
   * Says that no more comes, and waits until the other side has read up to there and says the same. Syslog has no other
   * acknowledgement. A receiver that ends or is killed with data unread resets the connection instead.
   */
  async end(): Promise<void> {
    if (!this.isUsable) throw this.#why("finish")
    await guarded<void>(this.#socket, this.#timeoutMs, "confirm that it read everything", (done) => {
      this.#socket.once("end", () => done())
      this.#socket.end()
    })
    this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #why(what: string): Error {
    return failed(
      this.#broken === null
        ? `closed the connection before it could ${what}`
        : `broke the connection: ${this.#broken.message}`,
    )
  }
}
