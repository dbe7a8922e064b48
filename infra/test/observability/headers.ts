/** A log with record headers over one without: the embedded engine, which keeps none, for tests that need no broker. */
import type { Headers, Log, LogRecord, NewRecord, StreamPartition } from "@assay/log"

export const withHeaders = (log: Log): Log => {
  const kept = new Map<string, Headers>()
  const key = ({ stream, partition }: StreamPartition, offset: number): string => `${stream}/${partition}/${offset}`
  const keep = (at: StreamPartition, first: number, records: ReadonlyArray<NewRecord>): void => {
    records.forEach(({ headers }, nth) => {
      if (headers !== undefined) kept.set(key(at, first + nth), headers)
    })
  }
  return new Proxy(log, {
    get: (target, name) => {
      if (name === "traits") return { ...target.traits, headers: true }
      if (name === "append") {
        return async (at: StreamPartition, records: ReadonlyArray<NewRecord>) => {
          const appended = await target.append(at, records)
          keep(at, appended.offset, records)
          return appended
        }
      }
      if (name === "read") {
        return async (...args: Parameters<Log["read"]>): Promise<ReadonlyArray<LogRecord>> =>
          (await target.read(...args)).map((record) => {
            const headers = kept.get(key(args[0], record.offset))
            return headers === undefined ? record : { ...record, headers }
          })
      }
      if (name === "commit") {
        return async (...[partition, commit]: Parameters<Log["commit"]>) => {
          // One writer for a partition: where a stream ends now is where its outputs begin.
          const before = await Promise.all(
            commit.outputs.map(({ stream }) => target.bounds({ stream, partition }).then(({ end }) => end)),
          )
          const committed = await target.commit(partition, commit)
          commit.outputs.forEach(({ stream, records }, nth) => {
            keep({ stream, partition }, before[nth]!, records)
          })
          return committed
        }
      }
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}
