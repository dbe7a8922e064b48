/** Turns records of audit.events into the entries of the log. */
import type { LogRecord } from "@assay/log"
import { eventOf, leafOf, NO_DEVICE, type SaltKey, type SealedEvent } from "@assay/transparency"
import type { KeyStore } from "@assay/transparency/storage"
import { erasedIn } from "@assay/trust"

/** A record of audit.events, read once: reading it costs more than hashing it. */
export interface ReadEvent {
  readonly record: LogRecord
  readonly event: SealedEvent
}

/** The pseudonym that this event says was erased, or null. */
export const erasedBy = ({ event: { event } }: ReadEvent): Uint8Array | null => {
  const pseudonym = event === null ? null : erasedIn(event)
  return pseudonym === null ? null : Buffer.from(pseudonym, "hex")
}

export const readEvent = (record: LogRecord, epoch: number, partition: number): ReadEvent => ({
  record,
  event: eventOf(record.value, epoch, partition, record.offset),
})

/** The records up to the first erasure, with it: whatever follows gives the device, if it comes back, another key. */
export const untilErasure = (
  records: ReadonlyArray<LogRecord>,
  epoch: number,
  partition: number,
): ReadonlyArray<ReadEvent> => {
  const read: Array<ReadEvent> = []
  for (const record of records) {
    const one = readEvent(record, epoch, partition)
    read.push(one)
    if (erasedBy(one) !== null) break
  }
  return read
}

/** Devices that speak for the first time get their key here; the keys are durable before the entries exist. */
export const entriesOf = async (events: ReadonlyArray<ReadEvent>, keys: KeyStore): Promise<Array<Uint8Array>> => {
  await keys.ensure([NO_DEVICE, ...events.map(({ event }) => event.device)])
  const keyOf = (device: string): SaltKey => {
    const salt = keys.get(device)
    if (salt === null) throw new Error("a key was erased while its events were being sealed; seal again")
    return salt
  }
  const log = keyOf(NO_DEVICE)
  return events.map(({ event, record }) => leafOf(event, record.value, keyOf(event.device), log))
}
