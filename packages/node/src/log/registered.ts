/** A log whose records bear the ids of a schema registry: what is read is prepared, what is written is stamped. */
import { type Log, type LogRecord, type NewRecord, UnavailableError } from "@assay/log"
import { SchemaRegistryError, type WireIds } from "@assay/schemas/registry"

/**
 * @param ids of `bindRegistry`. A registry that does not answer makes the read reject with UnavailableError: its records
 *   wait, and none is given up as unreadable for it
 */
export const registeredLog = (log: Log, ids: WireIds): Log => {
  const prepared = async (stream: string, records: ReadonlyArray<LogRecord>): Promise<ReadonlyArray<LogRecord>> => {
    try {
      const wait = ids.prepare(stream, records)
      if (wait !== null) await wait
      return records
    } catch (cause) {
      if (!(cause instanceof SchemaRegistryError)) throw cause
      throw new UnavailableError(`records of ${stream} wait for the schema registry: ${cause.message}`, { cause })
    }
  }
  const stamped = (stream: string, records: ReadonlyArray<NewRecord>): ReadonlyArray<NewRecord> => {
    let changed: Array<NewRecord> | null = null
    for (let n = 0; n < records.length; n++) {
      const record = records[n]!
      const value = ids.stamp(stream, record.value)
      if (value === record.value) continue
      changed ??= [...records]
      changed[n] = { ...record, value }
    }
    return changed ?? records
  }
  return {
    ...log,
    append: (at, records) => log.append(at, stamped(at.stream, records)),
    read: async (at, from, maxRecords, maxBytes) => {
      const records = await log.read(at, from, maxRecords, maxBytes)
      return records.length === 0 ? records : prepared(at.stream, records)
    },
    commit: (partition, commit) =>
      log.commit(partition, {
        ...commit,
        outputs: commit.outputs.map(({ stream, records }) => ({ stream, records: stamped(stream, records) })),
      }),
  }
}
