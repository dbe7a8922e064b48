/** Checks one partition's transparency log against its audit events, without any node. */
import { originOf, SEALER_GROUP, saltsPath } from "@assay/integrity-hasher/sealer"
import { ForbiddenError, type Log } from "@assay/log"
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

interface History {
  readonly notes: ReadonlyArray<string>
  /** When the newest event under each head was stamped, by the head's size. */
  readonly stamps: ReadonlyMap<number, number>
}

/**
 * The records of audit.checkpoints. One that its record does not fit is given as no note: a finding, as is a stream that does not
 * begin at its beginning, for no engine takes evidence away.
 */
const historyOf = async (log: Log, partition: number): Promise<History> => {
  const notes: Array<string> = []
  const stamps = new Map<number, number>()
  const { start } = await log.bounds({ stream: STREAMS.checkpoints, partition })
  if (start > 0) notes.push("")
  for await (const { key, value } of recordsOf(log, STREAMS.checkpoints, partition)) {
    try {
      const { log: origin, size, root, time, note } = decodeCheckpoint(value)
      const head = readCheckpoint(note)
      const fits = origin === head.origin && size === head.size && Buffer.compare(root, head.root) === 0
      const isOurs = fits && Buffer.from(key).toString() === origin
      notes.push(isOurs ? note : "")
      if (isOurs) stamps.set(size, time)
    } catch (cause) {
      if (!(cause instanceof WireError || cause instanceof NoteError)) throw cause
      notes.push("")
    }
  }
  return { notes, stamps }
}

/** What the sealer committed last; null where this principal may not see the position of its group. */
const sealerPosition = async (log: Log, partition: number): Promise<number | null> => {
  try {
    return await log.position(SEALER_GROUP, { stream: STREAMS.audit, partition })
  } catch (cause) {
    if (cause instanceof ForbiddenError) return null
    throw cause
  }
}

export interface LogReport extends Report {
  /** The last head of audit.checkpoints was not looked for: which one it is, this principal may not see. */
  readonly lastHeadUnknown: boolean
}

/** @returns what was found; a damaged log is a finding, not an exception. @throws UsageError where there is no key for it */
export const verifyLog = async (log: Log, dataDir: string, target: VerifyTarget): Promise<LogReport> => {
  const { partition, directory, since } = target
  const vkey = encodeVkey(keyOf(target.keys, originOf(log.epoch, partition)))
  // What the sealer did last it says last, so it is read first: a node may seal meanwhile.
  const position = await sealerPosition(log, partition)
  const { notes, stamps } = await historyOf(log, partition)
  const keys = await KeyStore.read(saltsPath(dataDir, partition))
  const erasures = target.roots == null ? null : erasureReader(log, partition, target.roots)
  try {
    const recorded = { position: position ?? 0, history: notes, stamps }
    const report = await verifyDirectory(
      directory,
      { vkey, ...recorded, keys, erasures, ...(since === undefined ? {} : { since }) },
      recordsOf(log, STREAMS.audit, partition),
    )
    return { ...report, lastHeadUnknown: position === null }
  } finally {
    await keys.close()
  }
}
