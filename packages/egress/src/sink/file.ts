/** Appends to a file; a flush is an fsync. One process at a time may have it (see `state/directory.ts`). */
import type { Encoded } from "../encode/encoder.ts"
import { LineFile, THEIRS } from "./lines.ts"
import { RecentLines } from "./recent-lines.ts"
import type { Sink } from "./sink.ts"

/** @param path made where it does not exist; the directory must */
export const fileSink = (path: string): Sink => {
  const file = new LineFile(path, THEIRS)
  const recent = new RecentLines()
  return {
    name: path,
    open: async () => {
      await file.open()
      await recent.open([path])
    },
    write: async (items: ReadonlyArray<Encoded>, mayRepeat = false) => {
      const missing = mayRepeat ? recent.without(items) : items
      await file.append(Buffer.concat(missing.map(({ bytes }) => bytes)))
      recent.wrote(missing)
      return []
    },
    flush: () => recent.flushed(() => file.flush()),
    close: () => file.close(),
  }
}
