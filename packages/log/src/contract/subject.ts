/** The log that the contract's tests work on, and the few words they share. */
import type { Log, LogRecord, NewRecord, StreamPartition } from "../port.ts"

/** The log of the test that runs. */
export interface Subject {
  readonly log: Log
  /** Closes the log and opens it again: `log` is another one afterwards. */
  readonly reopen: () => Promise<void>
  /** Commits `[from, next)` of `input` with one output to `output`. */
  readonly commit: (
    group: string,
    from: number,
    next: number,
    records: ReadonlyArray<NewRecord>,
  ) => ReturnType<Log["commit"]>
}

export const input: StreamPartition = { stream: "in", partition: 0 }
export const output: StreamPartition = { stream: "out", partition: 0 }
export const NEVER = new AbortController().signal
export const MIB = 1 << 20

export const record = (key: string, value: string | Uint8Array = `value of ${key}`): NewRecord => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
})

export const numbered = (from: number, count: number): ReadonlyArray<NewRecord> =>
  Array.from({ length: count }, (_, n) => record(`k${from + n}`))

export const keysOf = (records: ReadonlyArray<LogRecord>): ReadonlyArray<string> =>
  records.map(({ key }) => Buffer.from(key).toString())

export const offsetsOf = (records: ReadonlyArray<LogRecord>): ReadonlyArray<number> =>
  records.map(({ offset }) => offset)

/** Every record from `from` on, read in steps of `step`. */
export const readAll = async (log: Log, at: StreamPartition, from = 0, step = 1000): Promise<Array<LogRecord>> => {
  const all: Array<LogRecord> = []
  for (let next = from; ; ) {
    const records = await log.read(at, next, step, 4 * MIB)
    if (records.length === 0) return all
    all.push(...records)
    next = records.at(-1)!.offset + 1
  }
}
