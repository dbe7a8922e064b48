/** One thread of the verify-only loop: nothing but signatures, keys imported beforehand. */
import { parentPort, workerData } from "node:worker_threads"
import { resolveDeviceKey } from "@assay/did"
import { parseCompact } from "@assay/jose"
import { importKey, verifyImported } from "@assay/jose/verify"
import type { VerifyThread } from "./verify.ts"

const { tokens, seconds } = workerData as { tokens: ReadonlyArray<Uint8Array>; seconds: number }
const jobs = tokens.map((token) => {
  const jws = parseCompact(token, { typ: ["m2m-message+jwt"] })
  if ("reason" in jws) throw new Error(jws.detail)
  const key = resolveDeviceKey(jws.header.kid.split("#")[0]!)
  if ("reason" in key) throw new Error(key.detail)
  const imported = importKey(key)
  if (imported === null) throw new Error("a key of the fleet cannot be imported")
  return { alg: key.alg, imported, input: jws.signingInput, signature: jws.signature }
})

let count = 0
const before = process.threadCpuUsage()
const started = performance.now()
const until = started + seconds * 1000
for (let now = started; now < until; now = performance.now()) {
  for (let n = 0; n < 64; n++) {
    const job = jobs[count++ % jobs.length]!
    if (!verifyImported(job.alg, job.imported, job.input, job.signature))
      throw new Error("a signature of the fleet does not verify")
  }
}
const spent = process.threadCpuUsage(before)
const took = (performance.now() - started) / 1000
parentPort?.postMessage({ count, seconds: took, cpuUs: spent.user + spent.system } satisfies VerifyThread)
