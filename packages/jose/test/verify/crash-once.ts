/** A verifying thread that dies over its first request in its first life; the real one after that. */
import { parentPort, workerData } from "node:worker_threads"

if ((workerData as { readonly generation: number }).generation === 0) parentPort?.on("message", () => process.exit(1))
else await import("../../src/verify/worker.ts")
