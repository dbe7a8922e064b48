/**
 * Verifies the log of one partition offline: every leaf is recomputed from the stored audit events and compared with the
 * entries, the tiles and the signed checkpoint. Memory is bounded; the time is about that of sealing.
 *
 * What it cannot find: events dropped before they were sealed, and, without an earlier checkpoint from outside, a past that
 * the holder of the log's key has rewritten as a whole. The report then says "self-consistent only".
 */
import { align } from "../../align.ts"
import { openCheckpoint, readCheckpoint, type TreeHead } from "../../checkpoint.ts"
import { EMPTY_ROOT } from "../../hash.ts"
import { eventOf } from "../../leaf.ts"
import { NoteError } from "../../note/error.ts"
import { decodeVkey } from "../../note/vkey.ts"
import { buildConsistency } from "../../proof/build.ts"
import { verifyConsistency } from "../../proof/verify.ts"
import { nodesOf, type TileReader } from "../../tile/nodes.ts"
import { directoryTiles, readPublished } from "../directory.ts"
import type { KeyReader } from "../keys.ts"
import { type ErasureReader, Erasures } from "./erasures.ts"
import { Findings } from "./findings.ts"
import { BY_EVENT, type StoredEvent, storedLeaves } from "./leaves.ts"
import { openHistory, refuseLostHead, refuseRollback } from "./marks.ts"
import type { Report } from "./report.ts"
import { Walk } from "./walk.ts"

export interface VerifyOptions {
  /** The log's verifier key, `name+hash+key`; its name is the expected origin. From outside the directory. */
  readonly vkey: string
  /** A checkpoint (signed note) kept from earlier, from outside the directory: the anchor against a rewritten past. */
  readonly since?: string
  /**
   * The notes of audit.checkpoints, read before the directory is: none may be of a larger log than the published one, and they
   * narrow down where a rebuilt tree departs from what was signed.
   */
  readonly history?: ReadonlyArray<string>
  /** The sealer's position in audit.events, read before `history`: the head that was committed with it must be there. Default 0. */
  readonly position?: number
  /** The erasable device keys; null compares names and kinds of events only. */
  readonly keys: KeyReader | null
  /**
   * Reads which devices were erased, and by whom; null where the pinned roots are not at hand: leaves of erased devices are
   * then findings.
   */
  readonly erasures?: ErasureReader | null
  /**
   * When the newest event under a head was stamped, by the head's size, as audit.checkpoints holds it (milliseconds since 1970).
   * Nobody signed it: it is compared with the stamps of the events.
   */
  readonly stamps?: ReadonlyMap<number, number>
  /** Default 100. */
  readonly maxFindings?: number
}

/** A stored record of audit.events, in order from the first. */
export interface AuditRecord {
  readonly offset: number
  readonly value: Uint8Array
  /** Compared with the event's device where it is given: no leaf commits to it. */
  readonly key?: Uint8Array
  /** When the log stamped it, milliseconds since 1970. Stamps never run backwards (packages/log, port). */
  readonly time?: number
}

/** @throws NoteError when the vkey itself cannot be read; whatever is wrong with the directory is a finding */
export const verifyDirectory = async (
  directory: string,
  options: VerifyOptions,
  events: AsyncIterable<AuditRecord>,
): Promise<Report> => {
  const key = decodeVkey(options.vkey)
  const findings = new Findings(options.maxFindings ?? 100)
  const open = (note: string): TreeHead => openCheckpoint(note, key)
  const { head, signed } = await publishedHead(directory, open, key.name, findings)
  const since = options.since === undefined ? null : earlierHead(options.since, open, head.size, findings)
  const tiles = directoryTiles(directory)
  const history = openHistory(options.history ?? [], open, findings)
  refuseRollback(history, head.size, findings)
  const marks = marksOf(since, history, head.size)
  const erasures = new Erasures(options.erasures ?? null, options.keys, findings)
  const walk = new Walk(tiles, head, options.keys, findings, marks, erasures, options)
  const leaves = storedLeaves(tiles, head.size, signed, (path, leaf) => findings.torn(path, leaf))
  for await (const pair of align(leaves, parsed(events, key.name, findings), BY_EVENT)) await walk.see(pair)
  await walk.end()
  if (findings.none) refuseLostHead(history, walk.committed, findings)
  if (since !== null && findings.none) await checkConsistency(tiles, since, head, findings)
  return findings.report({ origin: key.name, size: head.size, anchored: since !== null, ...walk.counts })
}

/** The published head; where its signature is wrong, its size still tells how far to look. */
const publishedHead = async (
  directory: string,
  open: (note: string) => TreeHead,
  origin: string,
  findings: Findings,
): Promise<{ readonly head: TreeHead; readonly signed: boolean }> => {
  const none = { head: { origin, size: 0, root: EMPTY_ROOT }, signed: false }
  const note = await readPublished(directory)
  if (note === null) {
    findings.whole("checkpoint", "there is no checkpoint")
    return none
  }
  try {
    return { head: open(note), signed: true }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    findings.whole("checkpoint", error.message)
  }
  try {
    return { head: readCheckpoint(note), signed: false }
  } catch {
    return none
  }
}

const earlierHead = (
  note: string,
  open: (note: string) => TreeHead,
  size: number,
  findings: Findings,
): TreeHead | null => {
  try {
    const since = open(note)
    if (since.size <= size) return since
    findings.whole("history", `the log has ${size} leaves, but had ${since.size} at the earlier checkpoint: it was cut`)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    findings.whole("history", `the earlier checkpoint: ${error.message}`)
  }
  return null
}

/** Signed heads on the way, smallest first. */
const marksOf = (since: TreeHead | null, history: ReadonlyArray<TreeHead>, size: number): Array<TreeHead> =>
  [...(since === null ? [] : [since]), ...history]
    .filter((mark) => mark.size > 0 && mark.size <= size)
    .sort((a, b) => a.size - b.size)

/** The epoch and partition of an event that cannot be read are those of the log's name, `.../<partition>/<epoch>`. */
async function* parsed(
  events: AsyncIterable<AuditRecord>,
  origin: string,
  findings: Findings,
): AsyncGenerator<StoredEvent> {
  const [partition = "0", epoch = "0"] = origin.split("/").slice(-2)
  let before = 0
  for await (const { offset, value, key, time } of events) {
    if (time !== undefined && time < before)
      findings.whole(
        "stamp-altered",
        `the record at offset ${offset} of audit.events is stamped before its predecessor`,
      )
    before = time ?? before
    const event = eventOf(value, Number(epoch), Number(partition), offset)
    const hasItsKey = key === undefined || event.event === null || Buffer.from(key).toString() === event.device
    yield { offset, hasItsKey, stamp: time ?? null, record: value, event }
  }
}

const checkConsistency = async (
  tiles: TileReader,
  since: TreeHead,
  head: TreeHead,
  findings: Findings,
): Promise<void> => {
  const proof = await buildConsistency(nodesOf(tiles, head.size), since.size, head.size)
  if (!verifyConsistency(since.size, since.root, head.size, head.root, proof)) {
    findings.whole("history", `no proof leads from the earlier checkpoint of ${since.size} leaves to this one`)
  }
}
