/** Turns records of audit.events into the entries of the log. */
import type { LogRecord } from "@assay/log"
import { eventOf, leafOf } from "@assay/transparency"
import type { KeyStore } from "@assay/transparency/storage"

/** Devices that speak for the first time get their key here; the keys are durable before the entries exist. */
export const entriesOf = async (
  records: ReadonlyArray<LogRecord>,
  epoch: number,
  partition: number,
  keys: KeyStore,
): Promise<Array<Uint8Array>> => {
  const events = records.map((record) => eventOf(record.value, epoch, partition, record.offset))
  await keys.ensure(events.map((event) => event.device))
  return events.map((event, i) => {
    const salt = keys.get(event.device)
    if (salt === null) throw new Error("a key was erased while its events were being sealed; seal again")
    return leafOf(event, records[i]!.value, salt)
  })
}
