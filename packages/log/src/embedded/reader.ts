/** Reading a stream of one partition: from the cache where it can, from LMDB where it must. */
import { StorageError } from "../errors.ts"
import type { LogRecord } from "../port.ts"
import type { FrameCache } from "./cache.ts"
import { decodeExtent, type Environment, type Extent } from "./environment.ts"
import { type Frame, openFrame, readFrame } from "./frame.ts"

/** Records of `[from, extent.end)`, bounded as the port says. Throws StorageError where a stored frame is damaged or lost. */
export const readRecords = (
  environment: Environment,
  cache: FrameCache,
  stream: string,
  extent: Extent,
  from: number,
  maxRecords: number,
  maxBytes: number,
): ReadonlyArray<LogRecord> => {
  const records: Array<LogRecord> = []
  let at = Math.max(from, extent.start)
  let room = maxBytes
  while (at < extent.end && records.length < maxRecords && (room > 0 || records.length === 0)) {
    const frame = cache.find(stream, at) ?? load(environment, cache, stream, extent.id, at)
    if (frame === undefined) {
      at = startAfterTruncation(environment, stream, at)
      continue
    }
    room = readFrame(frame, at, records, maxRecords, room)
    if (room < 0) break
    at = frame.end
  }
  return records
}

const load = (
  environment: Environment,
  cache: FrameCache,
  stream: string,
  id: number,
  offset: number,
): Frame | undefined => {
  // A reader that goes on from the end of a frame asks for a base directly; others have to look for theirs.
  const direct = environment.frame(id, offset)
  const base = direct ? offset : environment.baseBefore(id, offset)
  const bytes = direct ?? (base === undefined ? undefined : environment.frame(id, base))
  if (base === undefined || bytes === undefined) return undefined
  const frame = openFrame(base, bytes, `${environment.path}: ${stream}`)
  if (frame.end <= offset) return undefined
  cache.loaded(stream, frame)
  return frame
}

/** A frame may go while we read, because a truncation was just committed; any other hole is damage. */
const startAfterTruncation = (environment: Environment, stream: string, offset: number): number => {
  const row = environment.row(`e${stream}`)
  const start = row ? decodeExtent(row).start : 0
  if (start > offset) return start
  throw new StorageError(`${environment.path}: ${stream} has lost the record at offset ${offset}`)
}
