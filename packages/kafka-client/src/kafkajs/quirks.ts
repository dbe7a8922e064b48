/**
 * What kafkajs 2.2.4, frozen since 2024, needs before it is used. Idempotent.
 *
 * 1. zstd: it has no codec of its own; Node's is used.
 * 2. Its request queue arms a timer after every response, for a moment that lies in the past (-1 - now) when nothing is
 *    throttled. Node 24 fires such a timer after 1 ms, which arms the next: some 800 wake-ups a second on an idle connection.
 *    The timer is armed only where something waits for it.
 * 3. A connection keeps what it has of an answer that did not come as a whole, and reads the next socket's bytes behind it, or
 *    the last one's that come late. What it makes of them was seen to end a process, from within a listener where nobody catches.
 *    Each socket begins with nothing, and bytes that are no answer end the connection.
 */

import { promisify } from "node:util"
import { constants, zstdCompress, zstdDecompress } from "node:zlib"
import kafkajs from "kafkajs"
import { Connection, RequestQueue } from "./private.ts"

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** What a batch may become when it is unpacked: nobody may fill the memory with a small one. */
const MAX_UNPACKED = 64 << 20

/** Of the length before each answer. */
const LENGTH_BYTES = 4

const freshSockets = (): void => {
  const { connect, processData } = Connection.prototype
  Connection.prototype.connect = function (this: Connection): Promise<unknown> {
    if (!this.isConnected()) {
      this.socket?.removeAllListeners("data").resume()
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = LENGTH_BYTES
    }
    return connect.call(this)
  }
  Connection.prototype.processData = function (this: Connection, data: Buffer): void {
    try {
      processData.call(this, data)
    } catch (cause) {
      this.socket?.destroy(new Error(`the broker's answer cannot be read: ${(cause as Error).message}`))
    }
  }
}

let applied = false

export const applyQuirks = (): void => {
  if (applied) return
  applied = true
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { buffer: Buffer }) =>
      compress(encoder.buffer, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    decompress: (buffer: Buffer) => decompress(buffer, { maxOutputLength: MAX_UNPACKED }),
  })
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: InstanceType<typeof RequestQueue>): void {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return
    schedule.call(this)
  }
  freshSockets()
}
