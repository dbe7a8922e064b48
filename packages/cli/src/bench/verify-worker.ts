/**
 * One thread of the verify-only loop: nothing but signatures, keys imported beforehand. V is the unit of all ratios: its
 * calls stay what they were at 254bc7c, whatever the pipeline does. B is the same loop with the calls of the pipeline.
 */
import { type KeyObject, verify } from "node:crypto"
import { parentPort, workerData } from "node:worker_threads"
import { type PublicKey, resolveDeviceKey } from "@assay/did"
import { parseCompact } from "@assay/jose"
import { chooseBackend, importKey, verifyImported } from "@assay/jose/verify"
import type { VerifyLoop, VerifyThread } from "./verify.ts"

const { tokens, seconds, loop } = workerData as VerifyLoop
const { name, verifyEd25519 } = chooseBackend(loop.best ? loop.backend : "node")

/** V. */
const asAt254bc7c = (alg: PublicKey["alg"], key: KeyObject, input: Uint8Array, signature: Uint8Array): boolean =>
  alg === "Ed25519"
    ? verify(null, input, key, signature)
    : verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, signature)

const jobs = tokens.map((token) => {
  const jws = parseCompact(token, { typ: ["m2m-message+jwt"] })
  if ("reason" in jws) throw new Error(jws.detail)
  const key = resolveDeviceKey(jws.header.kid.split("#")[0]!)
  if ("reason" in key) throw new Error(key.detail)
  const imported = importKey(key)
  if (imported === null) throw new Error("a key of the fleet cannot be imported")
  return { alg: key.alg, raw: key.publicKey, imported, input: jws.signingInput, signature: jws.signature }
})
type Job = (typeof jobs)[number]

const verifyV = ({ alg, imported, input, signature }: Job): boolean => asAt254bc7c(alg, imported, input, signature)
const verifyB = ({ alg, raw, imported, input, signature }: Job): boolean =>
  verifyEd25519 !== null && alg === "Ed25519"
    ? verifyEd25519(raw, input, signature)
    : verifyImported(alg, imported, input, signature)
const verifyJob = loop.best ? verifyB : verifyV

let count = 0
const before = process.threadCpuUsage()
const started = performance.now()
const until = started + seconds * 1000
for (let now = started; now < until; now = performance.now()) {
  for (let n = 0; n < 64; n++) {
    const job = jobs[count++ % jobs.length]!
    if (!verifyJob(job)) throw new Error("a signature of the fleet does not verify")
  }
}
const spent = process.threadCpuUsage(before)
const took = (performance.now() - started) / 1000
parentPort?.postMessage({
  count,
  seconds: took,
  cpuUs: spent.user + spent.system,
  backend: name,
} satisfies VerifyThread)
