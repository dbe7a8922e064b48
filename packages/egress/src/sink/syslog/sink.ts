/**
 * Syslog over TCP with octet counting (RFC 6587 section 3.4.1) and over TLS (RFC 5425). The protocol has no acknowledgement: what
 * the operating system took is lost when the receiver dies with it. So a batch counts as written when the receiver has read
 * the connection to its end and closed its side; batches that come meanwhile share the next connection.
 */

import type { Encoded } from "../../encode/encoder.ts"
import { markRepeat } from "../../encode/siem/formats/rfc5424.ts"
import type { Sink } from "../sink.ts"
import { Connection, type Receiver, type Sessions } from "./connection.ts"

export interface SyslogOptions {
  /** Read anew for each `open`, so that a renewed certificate counts. @throws what is wrong with its files */
  readonly receiver: () => Receiver
  /** `close`: see above. `sent`: one connection that lasts, and what the operating system took counts as written. */
  readonly confirm: "close" | "sent"
}

const LINE_END = 10

/** The message's length in octets, a space, the message. */
const framed = ({ bytes }: Encoded, mayRepeat: boolean): Buffer => {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const line = whole.at(-1) === LINE_END ? whole.subarray(0, -1) : whole
  const message = mayRepeat ? Buffer.from(markRepeat(line.toString("utf8"))) : line
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

interface Waiting {
  readonly frames: Buffer
  readonly done: () => void
  readonly fail: (cause: unknown) => void
}

/** @param items are one syslog message each */
export const syslogSink = (name: string, { receiver, confirm }: SyslogOptions): Sink => {
  const sessions: Sessions = { session: null }
  let opened: Receiver | null = null
  let lasting: Connection | null = null
  let waiting: Array<Waiting> = []
  let sending: Promise<void> | null = null
  /** Keys of what was sent and not confirmed. Bounded by what is in hand: see `Sink`. */
  const unconfirmed = new Set<string>()

  const deliver = async (frames: Buffer): Promise<void> => {
    if (opened === null) throw new Error(`${name} is not open`)
    if (lasting?.isUsable !== true) lasting = await Connection.open(opened, sessions)
    const connection = lasting
    try {
      await connection.write(frames)
      if (confirm === "sent") return
      lasting = null
      await connection.end()
    } catch (cause) {
      lasting = null
      connection.destroy()
      throw cause
    }
  }
  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const now = waiting
      waiting = []
      try {
        await deliver(Buffer.concat(now.map(({ frames }) => frames)))
        for (const { done } of now) done()
      } catch (cause) {
        for (const { fail } of now) fail(cause)
      }
    }
    sending = null
  }

  return {
    name,
    open: async () => {
      opened = receiver()
    },
    write: async (items, mayRepeat = false) => {
      const frames = Buffer.concat(items.map((item) => framed(item, mayRepeat || unconfirmed.has(item.key))))
      for (const { key } of items) unconfirmed.add(key)
      await new Promise<void>((done, fail) => {
        waiting.push({ frames, done, fail })
        sending ??= sendAll()
      })
      for (const { key } of items) unconfirmed.delete(key)
      return []
    },
    // `write` resolves when it is there.
    flush: async () => undefined,
    close: async () => {
      await sending
      const connection = lasting
      lasting = null
      opened = null
      if (connection?.isUsable === true) await connection.end().catch(() => connection.destroy())
    },
  }
}
