/** Checks one partition's transparency log against its audit events, without any node. */
import { originOf, SEALER_GROUP, saltsPath } from "@assay/integrity-hasher/sealer"
import { ForbiddenError, type Log, type LogRecord, recordsIn } from "@assay/log"
import { decodeCheckpoint, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { encodeVkey, NoteError, type Policy, readCheckpoint } from "@assay/transparency"
import {
  type History,
  KeyStore,
  type RecordedHead,
  type Report,
  readPublished,
  verifyDirectory,
} from "@assay/transparency/storage"
import type { LogKey, RootSet } from "@assay/trust"
import { erasureReader } from "./erasures.ts"
import { logKeysFor } from "./log-keys.ts"
import { recordsOf } from "./open-log.ts"
import { keysOf } from "./verifier-keys.ts"

export interface VerifyTarget {
  readonly partition: number
  /** The log's directory: the node's own, or a copy. */
  readonly directory: string
  /** Verifier keys, a line each, from outside the directory. */
  readonly keys: string
  /** The log's keys as the roots name them in the trust bundle; null or left out: `keys` are all. */
  readonly logKeys?: ReadonlyArray<LogKey> | null
  /** An earlier checkpoint, from outside the directory. */
  readonly since?: string
  /** Where entries lie that were pruned from the directory. */
  readonly archive?: string
  /** Which witnesses must have cosigned. */
  readonly witnesses?: Policy
  /** The pinned roots, which tell whose signatures make an erasure; without, leaves of erased devices are findings. */
  readonly roots?: RootSet | null
}

/**
 * The records of audit.checkpoints that are there now. One that its record does not fit is given as no note: a finding, as is a
 * stream that does not begin at its beginning, for no engine takes evidence away.
 */
const historyOf = async (log: Log, partition: number): Promise<History> => {
  const { start, end } = await log.bounds({ stream: STREAMS.checkpoints, partition })
  return async function* () {
    if (start > 0) yield NO_HEAD
    for await (const record of recordsIn(log, STREAMS.checkpoints, partition, start, end)) yield headIn(record)
  }
}

const NO_HEAD: RecordedHead = { note: "", stamp: null }

const headIn = ({ key, value }: LogRecord): RecordedHead => {
  try {
    const { log: origin, size, root, time, note } = decodeCheckpoint(value)
    const head = readCheckpoint(note)
    const fits = origin === head.origin && size === head.size && Buffer.compare(root, head.root) === 0
    return fits && Buffer.from(key).toString() === origin ? { note, stamp: time } : NO_HEAD
  } catch (cause) {
    if (cause instanceof WireError || cause instanceof NoteError) return NO_HEAD
    throw cause
  }
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
  const { partition, directory, since, witnesses } = target
  const origin = originOf(log.epoch, partition)
  const logKeys = logKeysFor(keysOf(target.keys, origin), target.logKeys ?? null, await readPublished(directory))
  const [vkey, earlier] = [encodeVkey(logKeys.current), logKeys.earlier.map(encodeVkey)]
  // What the sealer did last it says last, so it is read first: a node may seal meanwhile.
  const position = await sealerPosition(log, partition)
  const history = await historyOf(log, partition)
  const keys = await KeyStore.read(saltsPath(dataDir, partition))
  const erasures = target.roots == null ? null : erasureReader(log, partition, target.roots)
  const { archive } = target
  const given = {
    ...(archive === undefined ? {} : { archive }),
    ...(since === undefined ? {} : { since }),
    ...(witnesses === undefined ? {} : { witnesses }),
  }
  try {
    const report = await verifyDirectory(
      directory,
      { vkey, earlier, position: position ?? 0, history, keys, erasures, ...given },
      recordsOf(log, STREAMS.audit, partition),
    )
    return { ...report, lastHeadUnknown: position === null }
  } finally {
    await keys.close()
  }
}
