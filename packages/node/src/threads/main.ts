/**
 * Where a thread starts. One that judges opens the log for its own partitions, and does for them all that judging is, read,
 * verify, judge, commit; one that seals does that for all partitions. It says what it does and what it meets to the main thread,
 * which owns the process.
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

const { packed } = await import("./messages.ts")
const tell = (message: FromThread): void => port.postMessage(message)
const end = (): void => port.close()
try {
  started.resolve(
    plan.kind === "judge"
      ? await (await import("./thread.ts")).startThread(plan, tell, end)
      : await (await import("./sealing-thread.ts")).startSealingThread(plan, tell, end),
  )
} catch (cause) {
  tell({ kind: "failed", error: packed(cause) })
  port.close()
}
