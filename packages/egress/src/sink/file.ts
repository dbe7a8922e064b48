/** Appends to a file; a flush is an fsync. One process at a time may have it (see `state/directory.ts`). */
import type { Encoded } from "../encode/encoder.ts"
import { LineFile, THEIRS } from "./lines.ts"
import type { Sink } from "./sink.ts"

/** @param path made where it does not exist; the directory must */
export const fileSink = (path: string): Sink => {
  const file = new LineFile(path, THEIRS)
  return {
    name: path,
    open: () => file.open(),
    write: async (items: ReadonlyArray<Encoded>) => {
      await file.append(Buffer.concat(items.map(({ bytes }) => bytes)))
      return []
    },
    flush: () => file.flush(),
    close: () => file.close(),
  }
}
