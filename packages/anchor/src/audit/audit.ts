/**
 * Checks an anchor log as a whole, as somebody who does not run it: that every head which a contract was ever given is a prefix of
 * the log that is shown here, and that every leaf is a checkpoint of the logs that are shown here. An operator who shows another
 * history to this reader cannot show the roots that everybody sees on the chain.
 */
import {
  equalHash,
  MissingTileError,
  NoteError,
  nodesOf,
  openCheckpoint,
  readCheckpoint,
  rootAt,
  type TreeHead,
} from "@assay/transparency"
import type { AnchorLog } from "../log/anchor-log.ts"
import type { AnchoredLog } from "../log/collect.ts"
import { opened } from "../log/collect.ts"
import { SETS, setKey } from "../members/set.ts"

const MAX_FINDINGS = 100

export interface Audited {
  /** Leaves of the anchor log, and how many of them were compared with a log. */
  readonly leaves: number
  readonly compared: number
  /** Heads at the contract. */
  readonly heads: number
  /** Names of logs whose leaves were not compared, because they are not shown here. */
  readonly notShown: ReadonlyArray<string>
  /** What does not agree, the first hundred. */
  readonly findings: ReadonlyArray<string>
}

interface Shown {
  readonly log: AnchoredLog
  readonly head: TreeHead
}

/** The newest head of each log, by origin. */
const shownIn = async (logs: ReadonlyArray<AnchoredLog>, say: (text: string) => void): Promise<Map<string, Shown>> => {
  const shown = new Map<string, Shown>()
  for (const log of logs) {
    const note = await log.published()
    if (note === null) continue
    try {
      shown.set(log.origin, { log, head: opened(note, log.keys) })
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      say(`${log.origin}: ${cause.message}`)
    }
  }
  return shown
}

/** Why a leaf is none of the log's; null where it is. */
const brokenBy = async (note: string, head: TreeHead, { log, head: newest }: Shown): Promise<string | null> => {
  try {
    opened(note, log.keys)
    if (head.size > newest.size) return `${head.size} leaves are anchored, and ${newest.size} are shown`
    const own = await rootAt(nodesOf(log.tiles, newest.size), head.size)
    return equalHash(own, head.root) ? null : `another tree of ${head.size} leaves is anchored than is shown`
  } catch (cause) {
    if (cause instanceof NoteError || cause instanceof MissingTileError) return cause.message
    throw cause
  }
}

/**
 * @param heads of the contract, oldest first
 * @param logs that are shown here
 * @throws MissingTileError where the anchor log itself is not whole
 */
export const auditAnchorLog = async (
  log: AnchorLog,
  heads: ReadonlyArray<{ readonly size: number; readonly root: Uint8Array }>,
  logs: ReadonlyArray<AnchoredLog>,
): Promise<Audited> => {
  const findings: Array<string> = []
  const say = (text: string): void => {
    if (findings.length < MAX_FINDINGS) findings.push(text)
  }
  for (const { size, root } of heads) {
    const own = await log.rootAt(size)
    if (own === null) say(`the contract has ${size} leaves of the anchor log, and ${log.head?.size ?? 0} are shown`)
    else if (!equalHash(own, root)) say(`the contract has another tree of ${size} leaves than the anchor log shows`)
  }
  const sets = new Map(SETS.map((set) => [setKey(log.key, set).name, setKey(log.key, set)]))
  const shown = await shownIn(logs, say)
  const notShown = new Set<string>()
  let [leaves, compared] = [0, 0]
  for await (const entry of log.entries()) {
    const note = Buffer.from(entry).toString("utf8")
    const at = leaves++
    try {
      const head = readCheckpoint(note)
      const set = sets.get(head.origin)
      const there = shown.get(head.origin)
      if (set !== undefined) openCheckpoint(note, set)
      else if (there === undefined) notShown.add(head.origin)
      else {
        compared += 1
        const why = await brokenBy(note, head, there)
        if (why !== null) say(`leaf ${at}, ${head.origin}: ${why}`)
      }
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      say(`leaf ${at}: ${cause.message}`)
    }
  }
  return { leaves, compared, heads: heads.length, notShown: [...notShown].slice(0, MAX_FINDINGS), findings }
}
