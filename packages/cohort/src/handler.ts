/** Follows a decided stream of one partition from its present end on: what was said before is no part of a window to come. */
import type { Handler, Step } from "@assay/consumer"
import { type Log, LostRecordsError, type StreamPartition } from "@assay/log"
import { decodeAssayed, readable } from "@assay/schemas"
import type { Aggregator } from "./aggregator.ts"

const READ_RECORDS = 512
const READ_BYTES = 4 << 20

export const followClass = (log: Pick<Log, "read" | "bounds">, at: StreamPartition, into: Aggregator): Handler => {
  let next: number | null = null
  return {
    get next() {
      return next ?? 0
    },
    step: async (): Promise<Step> => {
      next ??= (await log.bounds(at)).end
      const records = await log.read(at, next, READ_RECORDS, READ_BYTES).catch(async (cause: unknown) => {
        if (!(cause instanceof LostRecordsError)) throw cause
        // What is gone is missing from a window, and no more.
        next = (await log.bounds(at)).start
        return []
      })
      for (const { value, offset } of records) {
        // A record that somebody else wrote there is no message.
        const message = readable(() => decodeAssayed(value))
        if (message !== null) into.add(message)
        next = offset + 1
      }
      return { handled: records.length, atEnd: records.length < READ_RECORDS }
    },
  }
}
