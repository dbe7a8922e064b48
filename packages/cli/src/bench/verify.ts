/** (a) The physical limit: a loop that only verifies signatures, on all cores. */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"

export interface VerifyOnly {
  readonly perSecond: number
  readonly threads: number
  /** Microseconds of one core for one signature. */
  readonly usPerSignature: number
  /** The same as the kernel counted it: less, where others had the cores in between. */
  readonly cpuUsPerSignature: number
}

/** What one thread tells at its end. */
export interface VerifyThread {
  readonly count: number
  readonly seconds: number
  readonly cpuUs: number
}

export const verifyOnly = async (tokens: ReadonlyArray<Uint8Array>, seconds: number): Promise<VerifyOnly> => {
  const threads = availableParallelism()
  const results = await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(new URL("./verify-worker.ts", import.meta.url), { workerData: { tokens, seconds } })
      return new Promise<VerifyThread>((resolve, reject) => {
        worker.once("message", resolve)
        worker.once("error", reject)
      })
    }),
  )
  const perSecond = results.reduce((sum, result) => sum + result.count / result.seconds, 0)
  const cpuUs = results.reduce((sum, result) => sum + result.cpuUs, 0)
  const count = results.reduce((sum, result) => sum + result.count, 0)
  return { perSecond, threads, usPerSignature: (threads * 1e6) / perSecond, cpuUsPerSignature: cpuUs / count }
}
