/**
 * Where a thread that judges starts: it opens the log for its own partitions, and does for them all that judging is, read,
 * verify, judge, commit. It says what it does and what it meets to the main thread, which owns the process.
 */
import { enableCompileCache } from "node:module"
import { parentPort, workerData } from "node:worker_threads"
import type { FromThread, ToThread } from "./messages.ts"
import type { ThreadPlan } from "./plan.ts"

const plan = workerData as ThreadPlan
const port = parentPort!

// Before any other module is loaded: this file imports nothing of ours at its top.
if (plan.compileCache !== null) enableCompileCache(plan.compileCache)

// What comes while it starts waits for it.
const started = Promise.withResolvers<(message: ToThread) => void>()
port.on("message", async (message: ToThread) => (await started.promise)(message))

const [{ startThread }, { packed }] = await Promise.all([import("./thread.ts"), import("./messages.ts")])
const tell = (message: FromThread): void => port.postMessage(message)
try {
  started.resolve(await startThread(plan, tell, () => port.close()))
} catch (cause) {
  tell({ kind: "failed", error: packed(cause) })
  port.close()
}
