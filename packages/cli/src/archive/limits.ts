/** Up to which entry a log may be pruned: by age, by its witnesses, by its anchors, as the stated retention asks. */
import { type AnchorLog, anchorsAt, type EvidenceSource, verifyAnchors } from "@assay/anchor"
import type { Log, LogRecord } from "@assay/log"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  buildConsistency,
  nodesOf,
  openCheckpoint,
  openCosigned,
  type Policy,
  readCheckpoint,
  type TreeHead,
  verifyConsistency,
} from "@assay/transparency"
import type { Retention } from "@assay/transparency/archive"
import { directoryTiles, readCosigned } from "@assay/transparency/storage"
import { UsageError } from "../command.ts"
import { byAnyKey } from "../verifier-keys.ts"
import type { SealedLog } from "./logs.ts"

/** One reason why entries from `size` on stay. */
export interface Limit {
  readonly by: "age" | "witnesses" | "anchors"
  readonly size: number
}

/** What the retention may ask for beside the age. */
export interface Vouching {
  readonly policy: Policy | null
  readonly anchors: { readonly log: AnchorLog; readonly sources: ReadonlyArray<EvidenceSource> } | null
}

const MAX_RECORD = 1 << 20

/** The newest checkpoint whose events were all stamped before `time`; null where there is none. The stream has one for every seal, so it is searched by halves. */
const checkpointBefore = async (log: Log, partition: number, time: number): Promise<string | null> => {
  const at = { stream: STREAMS.checkpoints, partition }
  const bounds = await log.bounds(at)
  let [low, high] = [bounds.start, bounds.end]
  let found: LogRecord | null = null
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await log.read(at, middle, 1, MAX_RECORD)
    if (record === undefined || record.offset >= high) high = middle
    else if (decodeCheckpoint(record.value).time < time) {
      found = record
      low = record.offset + 1
    } else high = middle
  }
  return found === null ? null : decodeCheckpoint(found.value).note
}

/** The newest checkpoint of the log that the anchor log holds and an anchor covers; null where there is none. */
const anchoredCheckpoint = async (
  origin: string,
  { log, sources }: NonNullable<Vouching["anchors"]>,
): Promise<string | null> => {
  for await (const { at, note } of log.checkpointsOf(origin)) {
    const anchors = await anchorsAt(log, at, sources)
    if (anchors.length > 0 && verifyAnchors(Buffer.from(note), anchors, log.key).length > 0) return note
  }
  return null
}

/** What the published checkpoint continues. @throws UsageError */
const continued = async ({ directory, head, origin }: SealedLog, earlier: TreeHead, what: string): Promise<number> => {
  const differs = new UsageError(
    `${origin}: the published log does not continue the checkpoint of ${earlier.size} leaves that ${what}: nothing is pruned, run assay verify`,
  )
  if (earlier.size > head.size) throw differs
  const proof = await buildConsistency(nodesOf(directoryTiles(directory), head.size), earlier.size, head.size)
  if (verifyConsistency(earlier.size, earlier.root, head.size, head.root, proof)) return earlier.size
  throw differs
}

/**
 * @param now milliseconds since 1970
 * @throws UsageError where the retention asks for what is not there; NoteError, MissingTileError, AnchorError
 */
export const limitsOf = async (
  log: Log,
  sealed: SealedLog,
  retention: Retention,
  { policy, anchors }: Vouching,
  now: number,
): Promise<ReadonlyArray<Limit>> => {
  const { origin, directory, keys } = sealed
  const open = (note: string): TreeHead => byAnyKey(keys, (key) => openCheckpoint(note, key))
  const limits: Array<Limit> = []
  const old = await checkpointBefore(log, sealed.partition, now - retention.keepMs)
  // Of a log before this one: all of this one is younger.
  const size =
    old === null || readCheckpoint(old).origin !== origin
      ? 0
      : await continued(sealed, open(old), "audit.checkpoints has")
  limits.push({ by: "age", size })
  if (retention.witnessed) {
    if (policy === null)
      throw new UsageError("the retention says witnessed: name the policy with --witness-policy FILE")
    const note = await readCosigned(directory)
    if (note === null)
      throw new UsageError(`${origin}: no checkpoint is cosigned by witnesses, and the retention asks for it`)
    const { head } = byAnyKey(keys, (key) => openCosigned(note, key, policy))
    limits.push({ by: "witnesses", size: await continued(sealed, head, "witnesses cosigned") })
  }
  if (retention.anchored) {
    if (anchors === null)
      throw new UsageError("the retention says anchored: name the directory of assay anchor with --state DIR")
    const note = await anchoredCheckpoint(origin, anchors)
    if (note === null) throw new UsageError(`${origin}: no checkpoint is anchored, and the retention asks for it`)
    limits.push({ by: "anchors", size: await continued(sealed, open(note), "is anchored") })
  }
  return limits
}
