/** Turns records of audit.events into the entries of the log. */
import type { LogRecord } from "@assay/log"
import { eventOf, leafOf, NO_DEVICE, type SaltKey } from "@assay/transparency"
import type { KeyStore } from "@assay/transparency/storage"
import { erasedIn } from "@assay/trust"

/** The records up to the first erasure, with it: whatever follows gives the device, if it comes back, another key. */
export const untilErasure = (
  records: ReadonlyArray<LogRecord>,
  epoch: number,
  partition: number,
): ReadonlyArray<LogRecord> => {
  const at = records.findIndex((record) => erasedBy(record, epoch, partition) !== null)
  return at < 0 ? records : records.slice(0, at + 1)
}

/** The pseudonym that this record of audit.events says was erased, or null. */
export const erasedBy = ({ value, offset }: LogRecord, epoch: number, partition: number): Uint8Array | null => {
  const { event } = eventOf(value, epoch, partition, offset)
  const pseudonym = event === null ? null : erasedIn(event)
  return pseudonym === null ? null : Buffer.from(pseudonym, "hex")
}

/** Devices that speak for the first time get their key here; the keys are durable before the entries exist. */
export const entriesOf = async (
  records: ReadonlyArray<LogRecord>,
  epoch: number,
  partition: number,
  keys: KeyStore,
): Promise<Array<Uint8Array>> => {
  const events = records.map((record) => eventOf(record.value, epoch, partition, record.offset))
  await keys.ensure([NO_DEVICE, ...events.map((event) => event.device)])
  const keyOf = (device: string): SaltKey => {
    const salt = keys.get(device)
    if (salt === null) throw new Error("a key was erased while its events were being sealed; seal again")
    return salt
  }
  const log = keyOf(NO_DEVICE)
  return events.map((event, i) => leafOf(event, records[i]!.value, keyOf(event.device), log))
}
