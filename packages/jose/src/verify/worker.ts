/** A verifying thread: takes packed jobs, answers with one byte for each. Run by Node's type stripping. */
import { parentPort, workerData } from "node:worker_threads"
import { type Backend, chooseBackend, type WantedBackend } from "./backend.ts"
import { cachedVerifier } from "./cached.ts"
import { unpack } from "./job-buffer.ts"

export interface Request {
  readonly id: number
  readonly count: number
  readonly jobs: ArrayBuffer
}
/** Said once, before the first answer. */
export interface Chosen {
  readonly chosen: Pick<Backend, "name" | "problem">
}
export interface Answer {
  readonly id: number
  readonly results: Uint8Array<ArrayBuffer>
}

const { keys, backend } = workerData as { readonly keys: number; readonly backend: WantedBackend }
const { name, problem, verifyEd25519 } = chooseBackend(backend)
const verifyJob = cachedVerifier(keys, verifyEd25519)
parentPort?.postMessage({ chosen: { name, problem } } satisfies Chosen)

parentPort?.on("message", (request: Request) => {
  const results = new Uint8Array(request.count)
  let at = 0
  for (const job of unpack(request.jobs)) results[at++] = verifyJob(job)
  parentPort?.postMessage({ id: request.id, results } satisfies Answer, [results.buffer])
})
