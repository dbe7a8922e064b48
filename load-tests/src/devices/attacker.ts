/** Somebody on the wire between two devices: passes bytes on and records them, or is an end of the channel to either side. */
import { connect, createServer, type Server, type Socket } from "node:net"
import { openChannel } from "./device/channel.ts"
import { type Frames, framesOf } from "./device/frames.ts"

export interface Wire {
  /** What the initiators sent, frame by frame, by connection. */
  readonly recorded: ReadonlyArray<ReadonlyArray<Buffer>>
  close(): Promise<void>
}

const connectTo = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket))
    socket.once("error", reject)
  })

const pass = async (from: Frames, to: Frames, seen: (frame: Buffer) => void): Promise<void> => {
  for (let frame = await from.receive(); frame !== null; frame = await from.receive()) {
    seen(frame)
    to.send(frame)
  }
  to.end()
}

/**
 * Listens at `path` and connects to `target`.
 * @param relays true: it agrees on a channel with either side, as if it were the other; false: it only listens in
 */
export const standBetween = async (path: string, target: string, relays: boolean): Promise<Wire> => {
  const recorded: Array<Array<Buffer>> = []
  const carry = async (socket: Socket): Promise<void> => {
    const [initiator, responder] = [framesOf(socket), framesOf(await connectTo(target))]
    const mine: Array<Buffer> = []
    recorded.push(mine)
    if (relays) await Promise.all([openChannel(initiator, "responder"), openChannel(responder, "initiator")])
    await Promise.all([
      pass(initiator, responder, (frame) => mine.push(Buffer.from(frame))),
      pass(responder, initiator, () => undefined),
    ])
  }
  const server: Server = createServer((socket) => {
    carry(socket).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return { recorded, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Sends what was recorded once more, frame by frame. @returns the first answer in JSON; null where none came */
export const replayTo = async (path: string, recorded: ReadonlyArray<Buffer>): Promise<unknown> => {
  const responder = framesOf(await connectTo(path))
  try {
    for (const frame of recorded) {
      responder.send(frame)
      const answer = await responder.receive()
      if (answer === null) return null
      if (answer[0] === 0x7b) return JSON.parse(answer.toString())
    }
    return null
  } finally {
    responder.end()
  }
}
