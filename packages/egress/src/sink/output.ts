/**
 * Writes to a stream of this process, such as standard output. A batch is written when the operating system has it; what the
 * reader behind a pipe does with it is not known, so a reader that may die keeps the keys of what it has.
 */
import type { Writable } from "node:stream"
import type { Sink } from "./sink.ts"

export const outputSink = (stream: Writable, name: string): Sink => ({
  name,
  open: async () => undefined,
  write: (items) =>
    new Promise((resolve, reject) => {
      stream.write(Buffer.concat(items.map(({ bytes }) => bytes)), (cause) =>
        cause === null || cause === undefined ? resolve([]) : reject(cause),
      )
    }),
  flush: async () => undefined,
  // It belongs to the process.
  close: async () => undefined,
})
