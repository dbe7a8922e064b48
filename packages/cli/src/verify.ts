/** Checks one partition's transparency log against its audit events, without any node. */
import { generationOf, originOf, SEALER_GROUP, saltsPath } from "@assay/integrity-hasher/sealer"
import { ForbiddenError, type Log, type LogRecord, recordsIn } from "@assay/log"
import { decodeCheckpoint, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { encodeVkey, NoteError, type Policy, readCheckpoint, type TreeHead } from "@assay/transparency"
import {
  type History,
  KeyStore,
  type LogOfLine,
  olderDirectory,
  type RecordedHead,
  type Report,
  readPublished,
  verifyLine,
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
 * @param isOther whether a head is of a log before or after this one, or of this one beyond its end
 */
const historyOf = async (log: Log, partition: number, isOther: (head: TreeHead) => boolean): Promise<History> => {
  const { start, end } = await log.bounds({ stream: STREAMS.checkpoints, partition })
  return async function* () {
    if (start > 0) yield NO_HEAD
    for await (const record of recordsIn(log, STREAMS.checkpoints, partition, start, end)) {
      const { head, recorded } = headIn(record)
      if (head === null || !isOther(head)) yield recorded
    }
  }
}

const NO_HEAD: RecordedHead = { note: "", stamp: null }

const headIn = ({ key, value }: LogRecord): { readonly head: TreeHead | null; readonly recorded: RecordedHead } => {
  try {
    const { log: origin, size, root, time, note } = decodeCheckpoint(value)
    const head = readCheckpoint(note)
    const fits = origin === head.origin && size === head.size && Buffer.compare(root, head.root) === 0
    const isRecorded = fits && Buffer.from(key).toString() === origin
    return isRecorded ? { head, recorded: { note, stamp: time } } : { head: null, recorded: NO_HEAD }
  } catch (cause) {
    if (cause instanceof WireError || cause instanceof NoteError) return { head: null, recorded: NO_HEAD }
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
  /** Of the logs that this one goes on after, oldest first. `intact` speaks of them too. */
  readonly before: ReadonlyArray<Report>
}

/** The log's name in a note that is not verified here; empty where it is no checkpoint. */
const originIn = (note: string): string => note.slice(0, Math.max(0, note.indexOf("\n")))

/** What is given for the logs of a line, oldest first. @throws UsageError where there is no key for one */
const lineOf = async (
  log: Log,
  target: VerifyTarget,
  common: Pick<LogOfLine["options"], "keys" | "erasures">,
  position: number,
): Promise<ReadonlyArray<LogOfLine>> => {
  const { partition, since, witnesses, archive } = target
  const generation = await generationOf(log)
  const origins = Array.from({ length: generation }, (_, at) => originOf(log.epoch, partition, at + 1))
  const line: Array<LogOfLine> = []
  for (const [at, origin] of origins.entries()) {
    const isLast = at === generation - 1
    const directory = isLast ? target.directory : olderDirectory(target.directory, at + 1)
    const published = await readPublished(directory)
    // Which key a log had is said by who gives its key; what became of the key since does not reach back.
    const named = isLast ? (target.logKeys ?? null) : null
    const { current, earlier } = logKeysFor(keysOf(target.keys, origin), named, published)
    const end = isLast || published === null ? Number.POSITIVE_INFINITY : readCheckpoint(published).size
    const history = await historyOf(
      log,
      partition,
      (head) =>
        (head.origin !== origin && origins.includes(head.origin)) || (head.origin === origin && head.size > end),
    )
    const isSince = since !== undefined && (generation === 1 || originIn(since) === origin)
    line.push({
      directory,
      options: {
        ...common,
        vkey: encodeVkey(current),
        earlier: earlier.map(encodeVkey),
        position: isLast ? position : 0,
        history,
        ...(archive === undefined ? {} : { archive }),
        ...(isSince ? { since } : {}),
        // A policy names the logs that are cosigned now.
        ...(witnesses === undefined ? {} : { witnesses: isLast ? witnesses : { ...witnesses, logs: [] } }),
      },
    })
  }
  return line
}

/** @returns what was found; a damaged log is a finding, not an exception. @throws UsageError where there is no key for it */
export const verifyLog = async (log: Log, dataDir: string, target: VerifyTarget): Promise<LogReport> => {
  const { partition } = target
  // What the sealer did last it says last, so it is read first: a node may seal meanwhile.
  const position = await sealerPosition(log, partition)
  const keys = await KeyStore.read(saltsPath(dataDir, partition))
  const erasures = target.roots == null ? null : erasureReader(log, partition, target.roots)
  try {
    const line = await lineOf(log, target, { keys, erasures }, position ?? 0)
    const reports = await verifyLine(line, recordsOf(log, STREAMS.audit, partition))
    const [before, newest] = [reports.slice(0, -1), reports.at(-1)!]
    const isIntact = newest.intact && before.every(({ intact }) => intact)
    return { ...newest, intact: isIntact, before, lastHeadUnknown: position === null }
  } finally {
    await keys.close()
  }
}
