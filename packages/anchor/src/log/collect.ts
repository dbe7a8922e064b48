/**
 * Brings the newest checkpoints of logs into the anchor log: each only where it continues the one that was brought in before. A log
 * that shows another history, or fewer leaves, is left out, and an alarm says so: what is anchored of it stays consistent.
 */
import {
  buildConsistency,
  equalHash,
  MissingTileError,
  NoteError,
  nodesOf,
  openCheckpoint,
  type TileReader,
  type TreeHead,
  type VerifierKey,
  verifyConsistency,
} from "@assay/transparency"
import { type AnchorLog, MAX_ENTRY } from "./anchor-log.ts"

/** A log whose checkpoints are anchored. */
export interface AnchoredLog {
  readonly origin: string
  /** One, or those that follow each other. */
  readonly keys: ReadonlyArray<VerifierKey>
  readonly tiles: TileReader
  /** The newest checkpoint (a signed note); null before the first. @throws where it cannot be had now */
  published(): Promise<string | null>
}

/** What was brought in last of each log, by origin. Bounded by the logs. */
export type LastHeads = Map<string, TreeHead>

/** What the anchor log's entries say of its logs. @throws AnchorError `log`, MissingTileError */
export const lastHeadsOf = async (log: AnchorLog): Promise<LastHeads> => {
  const last: LastHeads = new Map()
  for (const origin of await log.origins())
    for await (const { head } of log.checkpointsOf(origin)) {
      last.set(origin, head)
      break
    }
  return last
}

/** The head that one of the keys has signed. @throws NoteError what is wrong with it under the first key */
export const opened = (note: string, keys: ReadonlyArray<VerifierKey>): TreeHead => {
  let first: NoteError | null = null
  for (const key of keys) {
    try {
      return openCheckpoint(note, key)
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      first ??= cause
    }
  }
  throw first ?? new NoteError("vkey", "no key of the log is known")
}

/** Why a head does not continue the last one; null where it does. */
const brokenBy = async (last: TreeHead, head: TreeHead, tiles: TileReader): Promise<string | null> => {
  if (head.size < last.size) return `it shows ${head.size} leaves, and ${last.size} are anchored already`
  if (head.size === last.size) return `it shows another tree of ${head.size} leaves than is anchored: two histories`
  const proof = await buildConsistency(nodesOf(tiles, head.size), last.size, head.size)
  return verifyConsistency(last.size, last.root, head.size, head.root, proof)
    ? null
    : `its tree of ${head.size} leaves does not continue the ${last.size} that are anchored: two histories, or tiles that are not its own`
}

/**
 * How a log stands beside the anchor log: `current`: its newest checkpoint is in it; `empty`: it has none yet; `unreadable`: it, or a
 * tile of it, could not be had, such as where leaves are anchored and no checkpoint is there; `forked`: it shows another history than is
 * anchored, or fewer leaves.
 */
export type LogState = "current" | "empty" | "unreadable" | "forked"

export const NO_LOGS: Readonly<Record<LogState, number>> = { current: 0, empty: 0, unreadable: 0, forked: 0 }

export interface Collected {
  readonly entries: ReadonlyArray<Uint8Array>
  readonly heads: ReadonlyArray<TreeHead>
  /** Of each log that was left out. */
  readonly problems: ReadonlyArray<string>
  /** How many logs stand how. */
  readonly logs: Readonly<Record<LogState, number>>
}

/** The checkpoints that are newer than what is anchored. @param last is not changed */
export const collect = async (logs: ReadonlyArray<AnchoredLog>, last: LastHeads): Promise<Collected> => {
  const entries: Array<Uint8Array> = []
  const heads: Array<TreeHead> = []
  const problems: Array<string> = []
  const count = { ...NO_LOGS }
  for (const log of logs) {
    const found = await look(log, last.get(log.origin))
    count[found.state] += 1
    if ("problem" in found) problems.push(`${log.origin}: ${found.problem}`)
    else if ("entry" in found) {
      entries.push(found.entry)
      heads.push(found.head)
    }
  }
  return { entries, heads, problems, logs: count }
}

type Looked =
  | { readonly state: "current"; readonly entry: Uint8Array; readonly head: TreeHead }
  | { readonly state: "current" | "empty" }
  | { readonly state: "unreadable" | "forked"; readonly problem: string }

/** No checkpoint is no history: whoever serves the log may be back with it. */
const awayText = ({ size }: TreeHead): string =>
  `it has no checkpoint, and ${size} leaves of it are anchored: is the volume with its directory there?`

/** @param before what is anchored of the log */
const look = async ({ keys, tiles, published }: AnchoredLog, before: TreeHead | undefined): Promise<Looked> => {
  try {
    const note = await published()
    if (note === null)
      return before === undefined ? { state: "empty" } : { state: "unreadable", problem: awayText(before) }
    const head = opened(note, keys)
    if (before !== undefined && before.size === head.size && equalHash(before.root, head.root))
      return { state: "current" }
    const why = before === undefined ? null : await brokenBy(before, head, tiles)
    if (why !== null) return { state: "forked", problem: why }
    const entry = Buffer.from(note)
    if (entry.length > MAX_ENTRY)
      return {
        state: "unreadable",
        problem: `its checkpoint has ${entry.length} bytes, and at most ${MAX_ENTRY} go in`,
      }
    return { state: "current", entry, head }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    // Whoever serves the log is away, or shows something else: the other logs go on.
    const problem = cause instanceof MissingTileError ? `no proof: ${cause.message}` : cause.message
    return { state: "unreadable", problem }
  }
}
