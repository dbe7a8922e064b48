/**
 * Whose key an erasure destroys. Its event names a pseudonym only, and what was judged is the device of its opening, which
 * lies in `submitted`: the last stage knows no pseudonym. Here both are known, so here they are compared. Two operators could
 * else sign the pseudonym of another device than the one that the stage looked at.
 */

import { openErasure, splitOpening } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeEntry, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { equalHash } from "@assay/transparency"
import type { KeyStore } from "@assay/transparency/storage"
import { type AuditEvent, controlDetailOf } from "@assay/trust"
import { erasedBy, type ReadEvent } from "./batch.ts"

/** A command is small; a record that is larger is none. */
const MAX_COMMAND_BYTES = 1 << 20

/** An accepted erasure for which no key was destroyed. `assay verify` finds it for as long as the log exists. */
export class UndoneErasure extends Error {
  override readonly name = "UndoneErasure"
}

/** The elements of the command that this event is the outcome of; null where they are not there any more. */
const commandOf = async (log: Log, partition: number, event: AuditEvent): Promise<ReadonlyArray<string> | null> => {
  const { origin } = event
  if (origin.epoch !== log.epoch || origin.partition !== partition || origin.offset < 0) return null
  const [record] = await log.read({ stream: STREAMS.submitted, partition }, origin.offset, 1, MAX_COMMAND_BYTES)
  if (record?.offset !== origin.offset) return null
  try {
    const { body } = decodeEntry(record.value)
    return body.kind === "control" ? body.tokens : null
  } catch (cause) {
    if (cause instanceof WireError) return null // no entry: then it is no command either, which the caller says
    throw cause
  }
}

const deviceOf = (target: string, elements: ReadonlyArray<string>): string | null => {
  const [opening] = splitOpening(elements).openings
  return opening === undefined ? null : (openErasure(target, opening)?.device ?? null)
}

/**
 * Destroys the key that this record of audit.events says is to be destroyed, if it is the one of the device that was judged.
 * Repeating it changes nothing.
 * @returns why an erasure destroyed nothing; null where it did, or where the record is no erasure
 */
export const eraseBy = async (
  read: ReadEvent,
  log: Log,
  partition: number,
  keys: KeyStore,
): Promise<UndoneErasure | null> => {
  const pseudonym = erasedBy(read)
  if (pseudonym === null) return null
  const event = read.event.event!
  const undone = (why: string): UndoneErasure =>
    new UndoneErasure(`the erasure at ${partition}/${event.origin.offset} destroyed no key: ${why}`)
  const what = controlDetailOf(event)
  const elements = await commandOf(log, partition, event)
  if (elements === null || what?.kind !== "command") return undone("its command is not in submitted any more")
  const device = deviceOf(what.target, elements)
  if (device === null) return undone("its command does not open the target that the event names")
  const salt = keys.get(device)
  // Done before a crash: nothing has been sealed of the device since.
  if (salt === null && keys.isErased(pseudonym)) return null
  if (salt === null || !equalHash(salt.pseudonym, pseudonym))
    return undone("the pseudonym that was signed is not the one of the device; sign it again with assay erase --data")
  return (await keys.erase(pseudonym)) ? null : undone("no key gives the pseudonym")
}
