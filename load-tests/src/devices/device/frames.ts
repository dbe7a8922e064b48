/** Frames over a stream socket: four bytes of length, big-endian, then so many bytes. */
import type { Socket } from "node:net"

export const MAX_FRAME = 1 << 20

export interface Frames {
  send(bytes: Uint8Array): void
  /** The next frame; null where the other side has ended. @throws RangeError for a frame beyond the bound */
  receive(): Promise<Buffer | null>
  end(): void
}

export const framesOf = (socket: Socket): Frames => {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest: Buffer = Buffer.alloc(0)
  return {
    send: (bytes) => {
      const head = Buffer.alloc(4)
      head.writeUInt32BE(bytes.length)
      socket.write(Buffer.concat([head, bytes]))
    },
    receive: async () => {
      for (;;) {
        const size = rest.length < 4 ? null : rest.readUInt32BE()
        if (size !== null && size > MAX_FRAME) throw new RangeError(`a frame of ${size} bytes`)
        if (size !== null && rest.length >= 4 + size) {
          const frame = rest.subarray(4, 4 + size)
          rest = rest.subarray(4 + size)
          return frame
        }
        const { value, done } = await chunks.next()
        if (done === true) return null
        rest = Buffer.concat([rest, value])
      }
    },
    end: () => socket.end(),
  }
}
