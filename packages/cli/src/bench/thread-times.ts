/** CPU of a process by kind of thread, as Linux counts it. A thread says what it is by its name (`comm`). */
import { readdirSync, readFileSync } from "node:fs"

export const THREAD_KINDS = ["main", "judging", "sealing", "collector", "io", "other"] as const
/** `collector`: V8's threads, which collect garbage and compile. `io`: libuv's pool, and those of LMDB. */
export type ThreadKind = (typeof THREAD_KINDS)[number]
/** Nanoseconds. */
export type ThreadTimes = Record<ThreadKind, number>

/** What Node and V8 call their threads; ours are named by `OwnedThread`. */
const KINDS: ReadonlyArray<readonly [prefix: string, kind: ThreadKind]> = [
  ["judge", "judging"],
  ["seal", "sealing"],
  ["V8Worker", "collector"],
  ["DelayedTask", "collector"],
  ["libuv-worker", "io"],
]

const kindOf = (pid: number, thread: string, name: string): ThreadKind =>
  thread === String(pid) ? "main" : (KINDS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? "other")

/**
 * So far, of the threads that run; null where the kernel does not say. Threads that ended meanwhile are not counted.
 * @param pid of a process of Node; default: this one
 */
export const threadTimes = (pid = process.pid): ThreadTimes | null => {
  const times: ThreadTimes = { main: 0, judging: 0, sealing: 0, collector: 0, io: 0, other: 0 }
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8")
      const ns = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0])
      times[kindOf(pid, thread, name)] += ns
    }
    return times
  } catch {
    return null
  }
}

/** Of several processes, or several stretches of time, together; null where one is not known. */
export const sumOfTimes = (parts: ReadonlyArray<ThreadTimes | null>): ThreadTimes | null => {
  const sum: ThreadTimes = { main: 0, judging: 0, sealing: 0, collector: 0, io: 0, other: 0 }
  for (const times of parts) {
    if (times === null) return null
    for (const kind of THREAD_KINDS) sum[kind] += times[kind]
  }
  return sum
}

/** Microseconds for one message. */
export const usPerMessage = (
  before: ThreadTimes | null,
  after: ThreadTimes | null,
  messages: number,
): ThreadTimes | null => {
  if (before === null || after === null) return null
  const cost = { ...after }
  for (const kind of THREAD_KINDS) cost[kind] = (after[kind] - before[kind]) / 1000 / messages
  return cost
}
