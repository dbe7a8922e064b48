/** Finds the decision on a message in the audit, and proves it under a checkpoint that covers it. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import {
  buildProof,
  decodeLeaf,
  equalHash,
  eventOf,
  formatProofFile,
  leafHash,
  leafOf,
  NO_DEVICE,
  nodesOf,
  readCheckpoint,
  saltOf,
  statementOf,
  statementSaltOf,
  type TileReader,
} from "@assay/transparency"
import { Archive, readPruned, withArchive } from "@assay/transparency/archive"
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

/** The entry of a leaf whose entry was pruned: what the stored event makes, where it has the leaf's hash. */
const prunedEntry = async (
  tiles: TileReader,
  size: number,
  keys: KeyReader,
  { leaf, event, record }: Found,
): Promise<Uint8Array | null> => {
  const [device, log] = [keys.get(event.device), keys.get(NO_DEVICE)]
  const entry = device === null || log === null ? null : leafOf(event, record, device, log)
  return entry !== null && equalHash(leafHash(entry), await nodesOf(tiles, size)(0, leaf)) ? entry : null
}

/**
 * The file's content.
 * @param archive where entries lie that were pruned; a proof for an erased device needs it then
 * @throws UsageError where the stored event is not the one that was sealed
 */
export const proofOf = async (
  directory: string,
  checkpoint: string,
  keys: KeyReader,
  found: Found,
  archive: string | null = null,
): Promise<string> => {
  const { leaf, record, event } = found
  const kept = directoryTiles(directory)
  const { origin } = readCheckpoint(checkpoint)
  const tiles = archive === null ? kept : withArchive(kept, Archive.at(archive, origin))
  const differs = new UsageError(`leaf ${leaf} is not that of the stored event: assay verify tells what differs`)
  const size = Number(checkpoint.split("\n")[1])
  if (leaf >= size) throw new UsageError(`the decision is leaf ${leaf}, which no checkpoint covers yet: try again soon`)
  const isPruned = leaf < ((await readPruned(directory))?.minimum ?? 0)
  const entry = (await readEntry(tiles, leaf, size)) ?? (isPruned ? await prunedEntry(tiles, size, keys, found) : null)
  if (entry === null && isPruned)
    throw new UsageError(
      `the entry of leaf ${leaf} was pruned, and the stored event does not make it: name the archive with --archive DIR`,
    )
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
