/** The data directory: is it a log of ours, does a node have it, are its keys kept, does its time run with the clock? */
import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Log, StreamPartition } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { type Finding, fail, ok, warn } from "./finding.ts"

/** The log's time may run this far ahead of the clock before freshness is judged wrongly. */
const AHEAD_MS = 2_000
const FOR_OTHERS = 0o077
const LOOK_BACK = 512
const LOOK_BACK_BYTES = 1 << 20

/** Whether another process writes to the directory. It must exist. @throws where the lock cannot be tried */
export const isHeld = (dir: string): boolean => {
  try {
    lockDir(dir)()
    return false
  } catch (cause) {
    if ((cause as { cause?: { errcode?: number } }).cause?.errcode === 5) return true
    throw cause
  }
}

export const lockFinding = (held: boolean): Finding =>
  ok("lock", held ? "a node has the directory open" : "free: no node has the directory open")

/** The key that seals the audit log must be its owner's alone. */
export const keyFinding = (dir: string): Finding => {
  const path = join(dir, "log-key.pem")
  if (!existsSync(path))
    return warn(
      "log key",
      `${path} is not there`,
      "assay run makes one; if this log was sealed before, restore it from a backup",
    )
  const open = (statSync(path).mode & FOR_OTHERS) !== 0
  return open
    ? fail("log key", `${path} can be read by other users`, `chmod 600 ${path}; whoever read it can sign checkpoints`)
    : ok("log key", path)
}

/** Enough to know, and not all of a log of millions of tiles. */
const LOOKED_AT = 10_000

/** The paths below `dir`, and itself: those that others than its owner may use, and links. At most `LOOKED_AT` looked at. */
const lookThrough = (dir: string): { readonly open: ReadonlyArray<string>; readonly links: ReadonlyArray<string> } => {
  const open: Array<string> = []
  const links: Array<string> = []
  const left = [dir]
  for (let looked = 0; left.length > 0 && looked < LOOKED_AT; looked++) {
    const path = left.pop()!
    const state = lstatSync(path, { throwIfNoEntry: false }) // a node may remove it meanwhile
    if (state === undefined) continue
    if (state.isSymbolicLink()) {
      links.push(path)
      continue
    }
    if ((state.mode & FOR_OTHERS) !== 0) open.push(path)
    if (state.isDirectory()) left.push(...readdirSync(path).map((name) => join(path, name)))
  }
  return { open, links }
}

/** What devices said, and the salts that tell them apart, are the owner's alone. */
export const modesFinding = (dir: string): Finding => {
  const { open } = lookThrough(realpathSync(dir))
  if (open.length === 0) return ok("modes", `${dir} is its owner's alone`)
  return fail(
    "modes",
    `${open.length} files or directories can be used by other users, ${open[0]} among them`,
    `chmod -R go= ${dir}`,
  )
}

/** A node follows none: what it would read or write there may be anybody's. */
export const linksFinding = (dir: string): Finding => {
  const { links } = lookThrough(realpathSync(dir))
  if (links.length === 0) return ok("links", `${dir} holds no symbolic links`)
  return fail(
    "links",
    `${links.length} symbolic links lie in the data directory, ${links[0]} among them`,
    "put what it stands for there itself, after looking at what was written through it",
  )
}

/** The stamp of the last record, 0 where there is none. A stream may end in offsets without records, so it looks back ever further. */
const newestTime = async (log: Log, at: StreamPartition): Promise<number> => {
  const { start, end } = await log.bounds(at)
  for (let back = 1; start < end; back *= 8) {
    const from = Math.max(start, end - back)
    const records = await log.read(at, from, LOOK_BACK, LOOK_BACK_BYTES)
    const last = records.at(-1)
    if (last !== undefined) return last.time
    if (from === start) return 0
  }
  return 0
}

/** The stamp of the newest entry of each partition; the log's beginning where there is none. Milliseconds since 1970. */
export const newestTimes = (log: Log): Promise<ReadonlyArray<number>> =>
  Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) =>
      Math.max(log.genesis, await newestTime(log, { stream: STREAMS.submitted, partition })),
    ),
  )

/** The newest stamp of the log against the clock. @param now milliseconds since 1970 */
export const clockFinding = (log: Log, times: ReadonlyArray<number>, now: number): Finding => {
  const newest = Math.max(...times)
  const ahead = newest - now
  const stamp = new Date(newest).toISOString()
  if (ahead <= AHEAD_MS)
    return ok("clock", `the log's newest entry is of ${stamp}, ${Math.max(0, Math.round(-ahead / 1000))} s ago`)
  return fail(
    "clock",
    `the log's newest entry is of ${stamp}, ${Math.round(ahead / 1000)} s ahead of the clock`,
    `set the clock right (${log.traits.shared ? "the brokers' or this machine's" : "this machine's"}): until it has caught up, the log's time stands still and fresh messages look stale or future`,
  )
}
