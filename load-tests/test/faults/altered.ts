/** A log of which one stream partition reads otherwise than it is: what a fault could have left behind, planted. */
import { recordsOf } from "@assay/cli/open-log"
import type { Log, LogRecord } from "@assay/log"

export type Alter = (records: ReadonlyArray<LogRecord>) => ReadonlyArray<LogRecord>

/** @param alter gets all records of the partition; what it returns is read in their place, in order of offset */
export const altered = async (log: Log, stream: string, partition: number, alter: Alter): Promise<Log> => {
  const present: Array<LogRecord> = []
  for await (const record of recordsOf(log, stream, partition)) present.push(record)
  const records = alter(present)
  const isIt = (at: { readonly stream: string; readonly partition: number }): boolean =>
    at.stream === stream && at.partition === partition
  return {
    ...log,
    read: async (at, from, maxRecords, maxBytes) =>
      isIt(at)
        ? records.filter(({ offset }) => offset >= from).slice(0, maxRecords)
        : log.read(at, from, maxRecords, maxBytes),
    bounds: async (at) => (isIt(at) ? { start: 0, end: (records.at(-1)?.offset ?? -1) + 1 } : log.bounds(at)),
  }
}

/** One more record at the end. */
export const appended = (records: ReadonlyArray<LogRecord>, record: LogRecord): ReadonlyArray<LogRecord> => [
  ...records,
  { ...record, offset: records.at(-1)!.offset + 1 },
]

/** Without the record at this place in the list. */
export const without = (records: ReadonlyArray<LogRecord>, nth: number): ReadonlyArray<LogRecord> =>
  records.filter((_, index) => index !== nth)

/** Two records have changed their places; offsets stay where they are. */
export const swapped = (records: ReadonlyArray<LogRecord>, first: number, second: number): ReadonlyArray<LogRecord> => {
  const other = (index: number): number => (index === first ? second : index === second ? first : index)
  return records.map(({ offset }, index) => ({ ...records[other(index)]!, offset }))
}
