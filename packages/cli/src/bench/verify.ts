/** (a) The physical limit: a loop that only verifies signatures, by default on all cores. */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { Backend, WantedBackend } from "@assay/jose/verify"

/** V: node:crypto as it was called at 254bc7c. B (`best`): the calls of the pipeline, with this backend. */
export type Loop = { readonly best: false } | { readonly best: true; readonly backend: WantedBackend }

/** What one thread is given. */
export interface VerifyLoop {
  readonly tokens: ReadonlyArray<Uint8Array>
  readonly seconds: number
  readonly loop: Loop
}

export interface VerifyOnly {
  readonly perSecond: number
  readonly threads: number
  /** Microseconds of one core for one signature. */
  readonly usPerSignature: number
  /** The same as the kernel counted it: less, where others had the cores in between. */
  readonly cpuUsPerSignature: number
  /** Of Ed25519. */
  readonly backend: Backend["name"]
}

/** What one thread tells at its end. */
export interface VerifyThread {
  readonly count: number
  readonly seconds: number
  readonly cpuUs: number
  readonly backend: Backend["name"]
}

export const verifyOnly = async (
  tokens: ReadonlyArray<Uint8Array>,
  seconds: number,
  loop: Loop = { best: false },
  threads = availableParallelism(),
): Promise<VerifyOnly> => {
  const results = await Promise.all(
    Array.from({ length: threads }, () => {
      const workerData: VerifyLoop = { tokens, seconds, loop }
      const worker = new Worker(new URL("./verify-worker.ts", import.meta.url), { workerData })
      return new Promise<VerifyThread>((resolve, reject) => {
        worker.once("message", resolve)
        worker.once("error", reject)
      })
    }),
  )
  const perSecond = results.reduce((sum, result) => sum + result.count / result.seconds, 0)
  const cpuUs = results.reduce((sum, result) => sum + result.cpuUs, 0)
  const count = results.reduce((sum, result) => sum + result.count, 0)
  return {
    perSecond,
    threads,
    usPerSignature: (threads * 1e6) / perSecond,
    cpuUsPerSignature: cpuUs / count,
    backend: results[0]!.backend,
  }
}
