/**
 * Verifies the log of one partition offline: every leaf is recomputed from the stored audit events and compared with the
 * entries, the tiles and the signed checkpoint. Memory is bounded; the time is about that of sealing.
 *
 * What it cannot find: events dropped before they were sealed, and, without an earlier checkpoint from outside, a past that
 * the holder of the log's key has rewritten as a whole. The report then says "self-consistent only".
 */
import { align } from "../../align.ts"
import { openCheckpoint, openCheckpointBy, readCheckpoint, type TreeHead } from "../../checkpoint.ts"
import { EMPTY_ROOT } from "../../hash.ts"
import { eventOf } from "../../leaf.ts"
import { NoteError } from "../../note/error.ts"
import { decodeVkey, type VerifierKey } from "../../note/vkey.ts"
import { buildConsistency } from "../../proof/build.ts"
import { verifyConsistency } from "../../proof/verify.ts"
import { nodesOf, type TileReader } from "../../tile/nodes.ts"
import { type CosignedHead, openCosigned } from "../../witness/cosigned.ts"
import type { Policy } from "../../witness/policy.ts"
import { Archive } from "../archive/archive.ts"
import { ArchiveError } from "../archive/error.ts"
import { readPruned } from "../archive/pruned.ts"
import { withArchive } from "../archive/tiles.ts"
import { directoryTiles, readCosigned, readPublished } from "../directory.ts"
import type { KeyReader } from "../keys.ts"
import { expecting } from "./compare.ts"
import { type ErasureReader, Erasures } from "./erasures.ts"
import { Findings } from "./findings.ts"
import { byEvent, type StoredEvent, storedLeaves } from "./leaves.ts"
import { type History, Marks, signedHeads } from "./marks.ts"
import type { Report } from "./report.ts"
import { Walk } from "./walk.ts"

export interface VerifyOptions {
  /** The log's verifier key, `name+hash+key`; its name is the expected origin. From outside the directory. */
  readonly vkey: string
  /**
   * Other keys that the log has or had, as the roots say: what was signed before the published checkpoint may be of them. The
   * published one must be signed by `vkey`, so a key that was taken back brings nothing new about.
   */
  readonly earlier?: ReadonlyArray<string>
  /** A checkpoint (signed note) kept from earlier, from outside the directory: the anchor against a rewritten past. */
  readonly since?: string
  /**
   * The records of audit.checkpoints up to an end that was looked up before this call: none may be of a larger log than the
   * published one, each stamp is compared with its event's, and they narrow down where a rebuilt tree departs from what was
   * signed. Read once while the leaves go by, and once more only where something differs.
   */
  readonly history?: History
  /** The sealer's position in audit.events, read before `history`: the head that was committed with it must be there. Default 0. */
  readonly position?: number
  /**
   * Which witnesses must have cosigned (C2SP tlog-policy): then the newest cosigned checkpoint must be there, and the log must
   * continue it. It comes from outside, so it is an anchor as `since` is.
   */
  readonly witnesses?: Policy
  /** The erasable device keys; null compares names and kinds of events only. */
  readonly keys: KeyReader | null
  /**
   * Reads which devices were erased, and by whom; null where the pinned roots are not at hand: leaves of erased devices are
   * then findings.
   */
  readonly erasures?: ErasureReader | null
  /**
   * The directory of the archive that has the entries which were pruned. Without it they are compared by the stored events alone: a
   * leaf that no stored event makes is a finding then.
   */
  readonly archive?: string
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

async function* NO_HISTORY(): AsyncGenerator<never> {}

/** @throws NoteError when the vkey itself cannot be read; whatever is wrong with the directory is a finding */
export const verifyDirectory = (
  directory: string,
  options: VerifyOptions,
  events: AsyncIterable<AuditRecord>,
): Promise<Report> =>
  verifyPart(directory, options, events, {
    after: null,
    base: 0,
    erasures: new Erasures(options.erasures ?? null, options.keys, new Findings(0)),
    isLast: true,
  })

/** Where a log stands in a line of logs, each of which goes on after the one before (`line.ts`). */
export interface Part {
  /** The checkpoint that the log before it ends with; null where it is the first. */
  readonly after: string | null
  /** What its first leaf is counted as, over all of them. */
  readonly base: number
  readonly erasures: Erasures
  readonly isLast: boolean
}

export const verifyPart = async (
  directory: string,
  options: VerifyOptions,
  events: AsyncIterable<AuditRecord>,
  { after, base, erasures, isLast }: Part,
): Promise<Report> => {
  const key = decodeVkey(options.vkey)
  const findings = new Findings(options.maxFindings ?? 100)
  erasures.enter(findings, base)
  const keys = [key, ...(options.earlier ?? []).map(decodeVkey)]
  const open = (note: string): TreeHead => openCheckpointBy(note, keys)
  const published = (note: string): TreeHead => openCheckpoint(note, key)
  const { head, signed } = await publishedHead(directory, published, key.name, findings)
  const since = options.since === undefined ? null : earlierHead(options.since, open, head.size, findings)
  const witnessed =
    options.witnesses === undefined ? null : await cosignedHead(directory, options.witnesses, keys, head.size, findings)
  const minimum = await minimumOf(directory, head, findings)
  const kept = directoryTiles(directory)
  const tiles = options.archive === undefined ? kept : withArchive(kept, Archive.at(options.archive, key.name))
  const expect = expecting(options.keys)
  const history = options.history ?? NO_HISTORY
  const marks = new Marks(history, open, findings)
  const outside = [since, witnessed?.head ?? null].filter((earlier) => earlier !== null)
  const signedAgain = (): AsyncIterable<TreeHead> => signedHeads(outside, history, open)
  const heads = { marks, outside, signedAgain }
  const walk = new Walk(tiles, head, options.keys, expect, findings, heads, erasures, options.position ?? 0)
  // What was pruned must be in the archive, where one is given.
  const absent = options.archive === undefined ? minimum : 0
  const leaves = storedLeaves(tiles, head.size, signed, absent, (path, leaf) => findings.torn(path, leaf))
  if (after !== null) {
    const first = await leaves.next()
    if (first.done === true)
      findings.whole("history", "the log lacks its first leaf, the checkpoint of the log before it")
    else await walk.first(first.value, Buffer.from(after))
  }
  const naming = byEvent((event) => expect(event)?.hash ?? null)
  for await (const pair of align(leaves, parsed(events, key.name, findings), naming)) await walk.see(pair)
  await marks.end(head.size)
  await walk.end(isLast)
  if (findings.none) walk.refuseLostHead()
  for (const earlier of outside) if (findings.none) await checkConsistency(tiles, earlier, head, findings)
  const anchored = outside.length > 0
  return { ...findings.report({ origin: key.name, size: head.size, minimum, anchored, ...walk.counts }), witnessed }
}

/** The first entry that the directory still has, as `pruned.json` says. */
const minimumOf = async (directory: string, head: TreeHead, findings: Findings): Promise<number> => {
  try {
    const pruned = await readPruned(directory)
    if (pruned === null) return 0
    if (pruned.log === head.origin && pruned.minimum <= head.size) return pruned.minimum
    findings.whole("unreadable", `pruned.json is of ${pruned.log}, up to entry ${pruned.minimum}: not of this log`)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    findings.whole("unreadable", error.message)
  }
  return 0
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

/** The newest checkpoint that the policy's witnesses cosigned. */
const cosignedHead = async (
  directory: string,
  policy: Policy,
  keys: ReadonlyArray<VerifierKey>,
  size: number,
  findings: Findings,
): Promise<CosignedHead | null> => {
  const note = await readCosigned(directory)
  if (note === null) {
    findings.whole("witness", "there is no checkpoint that witnesses cosigned (checkpoint.cosigned)")
    return null
  }
  try {
    const listed = keys.filter(
      (key) =>
        policy.logs.length === 0 || policy.logs.some((log) => log.key.name === key.name && log.key.id === key.id),
    )
    if (listed.length === 0) throw new NoteError("policy", "the policy of witnesses does not list this log's key")
    // The newest that was cosigned may be of before a new key.
    const cosigned = openCosigned(note, signerOf(note, listed), policy)
    if (cosigned.head.size <= size) return cosigned
    findings.whole(
      "history",
      `the log has ${size} leaves, and witnesses cosigned ${cosigned.head.size}: it was cut or rolled back`,
    )
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    findings.whole("witness", error.message)
  }
  return null
}

/** The key of those that signed the note; the first one where none did, for what is wrong then. */
const signerOf = (note: string, keys: ReadonlyArray<VerifierKey>): VerifierKey =>
  keys.find((key) => {
    try {
      return openCheckpoint(note, key).origin === key.name
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      return false
    }
  }) ?? keys[0]!

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
