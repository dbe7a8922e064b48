/** Finds the decision on a message in the audit, and proves it under a checkpoint that covers it. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import {
  buildProof,
  decodeLeaf,
  eventOf,
  formatProofFile,
  leafOf,
  NO_DEVICE,
  saltOf,
  statementOf,
  statementSaltOf,
} from "@assay/transparency"
import { directoryTiles, type KeyReader, readEntry } from "@assay/transparency/storage"
import type { Origin } from "@assay/trust"
import { UsageError } from "./command.ts"
import { recordsOf } from "./open-log.ts"

export interface Found {
  readonly leaf: number
  readonly record: Uint8Array
  readonly event: ReturnType<typeof eventOf>
}

/** The original decision on a message, and which leaf it is: every audit event is one, in order. */
export const findDecision = async (log: Log, { partition, offset }: Origin): Promise<Found | null> => {
  let leaf = 0
  for await (const record of recordsOf(log, STREAMS.audit, partition)) {
    const event = eventOf(record.value, log.epoch, partition, record.offset)
    const isOriginal = event.kind === "decision" && event.event?.decision?.kind === "original"
    if (isOriginal && event.origin.offset === offset) return { leaf, record: record.value, event }
    leaf++
  }
  return null
}

/** The file's content. @throws UsageError where the stored event is not the one that was sealed */
export const proofOf = async (
  directory: string,
  checkpoint: string,
  keys: KeyReader,
  found: Found,
): Promise<string> => {
  const { leaf, record, event } = found
  const tiles = directoryTiles(directory)
  const differs = new UsageError(`leaf ${leaf} is not that of the stored event: assay verify tells what differs`)
  const size = Number(checkpoint.split("\n")[1])
  if (leaf >= size) throw new UsageError(`the decision is leaf ${leaf}, which no checkpoint covers yet: try again soon`)
  const entry = await readEntry(tiles, leaf, size)
  const log = keys.get(NO_DEVICE)
  if (entry === null || log === null) throw differs
  const { pseudonym, statement, commitment } = decodeLeaf(entry)
  const proof = await buildProof(leaf, checkpoint, tiles)
  const device = keys.get(event.device)
  if (device !== null && Buffer.compare(leafOf(event, record, device, log), entry) === 0)
    return formatProofFile({ event: record, salt: saltOf(device.key, event), pseudonym, statement, proof })
  // The device was erased: what was decided is provable still, of whom is not.
  if (!keys.isErased(pseudonym) || event.event === null) throw differs
  const erased = statementOf(event.event)
  return formatProofFile({ erased, salt: statementSaltOf(log.key, event), pseudonym, commitment, proof })
}
