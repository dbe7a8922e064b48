/** A verifying thread: takes packed jobs, answers with one byte for each. Run by Node's type stripping. */
import { parentPort, workerData } from "node:worker_threads"
import { cachedVerifier } from "./cached.ts"
import { unpack } from "./job-buffer.ts"

export interface Request {
  readonly id: number
  readonly count: number
  readonly jobs: ArrayBuffer
}
export interface Answer {
  readonly id: number
  readonly results: Uint8Array<ArrayBuffer>
}

const verifyJob = cachedVerifier((workerData as { readonly keys: number }).keys)

parentPort?.on("message", (request: Request) => {
  const results = new Uint8Array(request.count)
  let at = 0
  for (const job of unpack(request.jobs)) results[at++] = verifyJob(job)
  parentPort?.postMessage({ id: request.id, results } satisfies Answer, [results.buffer])
})
