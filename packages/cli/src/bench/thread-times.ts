/** CPU of this process by kind of thread, as Linux counts it. A thread says what it is by its name (`comm`). */
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

const kindOf = (thread: string, name: string): ThreadKind =>
  thread === String(process.pid) ? "main" : (KINDS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? "other")

/** So far, of the threads that run; null where the kernel does not say. Threads that ended meanwhile are not counted. */
export const threadTimes = (): ThreadTimes | null => {
  const times: ThreadTimes = { main: 0, judging: 0, sealing: 0, collector: 0, io: 0, other: 0 }
  try {
    for (const thread of readdirSync("/proc/self/task")) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, "utf8")
      const ns = Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0])
      times[kindOf(thread, name)] += ns
    }
    return times
  } catch {
    return null
  }
}
