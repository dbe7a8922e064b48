/** Checks one partition's transparency log against its audit events, without any node. */
import { originOf, SEALER_GROUP, saltsPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { decodeCheckpoint, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { encodeVkey, NoteError, readCheckpoint } from "@assay/transparency"
import { KeyStore, type Report, verifyDirectory } from "@assay/transparency/storage"
import type { RootSet } from "@assay/trust"
import { erasureReader } from "./erasures.ts"
import { recordsOf } from "./open-log.ts"
import { keyOf } from "./verifier-keys.ts"

export interface VerifyTarget {
  readonly partition: number
  /** The log's directory: the node's own, or a copy. */
  readonly directory: string
  /** Verifier keys, a line each, from outside the directory. */
  readonly keys: string
  /** An earlier checkpoint, from outside the directory. */
  readonly since?: string
  /** The pinned roots, which tell whose signatures make an erasure; without, leaves of erased devices are findings. */
  readonly roots?: RootSet | null
}

/**
 * The notes of audit.checkpoints. One that its record does not fit is given as no note: a finding, as is a stream that does not
 * begin at its beginning, for no engine takes evidence away.
 */
const historyOf = async (log: Log, partition: number): Promise<ReadonlyArray<string>> => {
  const notes: Array<string> = []
  const { start } = await log.bounds({ stream: STREAMS.checkpoints, partition })
  if (start > 0) notes.push("")
  for await (const { key, value } of recordsOf(log, STREAMS.checkpoints, partition)) {
    try {
      const { log: origin, size, root, note } = decodeCheckpoint(value)
      const head = readCheckpoint(note)
      const fits = origin === head.origin && size === head.size && Buffer.compare(root, head.root) === 0
      notes.push(fits && Buffer.from(key).toString() === origin ? note : "")
    } catch (cause) {
      if (!(cause instanceof WireError || cause instanceof NoteError)) throw cause
      notes.push("")
    }
  }
  return notes
}

/** @returns what was found; a damaged log is a finding, not an exception. @throws UsageError where there is no key for it */
export const verifyLog = async (log: Log, dataDir: string, target: VerifyTarget): Promise<Report> => {
  const { partition, directory, since } = target
  const vkey = encodeVkey(keyOf(target.keys, originOf(log.epoch, partition)))
  // What the sealer did last it says last, so it is read first: a node may seal meanwhile. On a shared log the position is the
  // group's, which who only reads the streams may not see.
  const position = log.traits.shared ? 0 : await log.position(SEALER_GROUP, { stream: STREAMS.audit, partition })
  const history = await historyOf(log, partition)
  const keys = await KeyStore.read(saltsPath(dataDir, partition))
  const erasures = target.roots == null ? null : erasureReader(log, partition, target.roots)
  try {
    return await verifyDirectory(
      directory,
      { vkey, position, history, keys, erasures, ...(since === undefined ? {} : { since }) },
      recordsOf(log, STREAMS.audit, partition),
    )
  } finally {
    await keys.close()
  }
}
