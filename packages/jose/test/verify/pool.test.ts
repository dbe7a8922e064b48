import { generateKeyPairSync } from "node:crypto"
import { publicKeyOf } from "@assay/did"
import { afterEach, describe, expect, it } from "vitest"
import { signRaw } from "../../src/sign.ts"
import { ERROR, INVALID, VALID, WEAK_KEY } from "../../src/verify/in-thread.ts"
import type { VerifyJob } from "../../src/verify/job-buffer.ts"
import { type PoolOptions, VerifyPool } from "../../src/verify/pool.ts"

const PAIRS = Array.from({ length: 12 }, (_, i) =>
  i % 2 === 0 ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" }),
)
const job = (i: number): VerifyJob => {
  const pair = PAIRS[i % PAIRS.length]!
  const signingInput = Buffer.from(`message ${i} ${"x".repeat(i % 40)}`)
  return { ...publicKeyOf(pair.publicKey), signingInput, signature: signRaw(pair.privateKey, signingInput) }
}
const forged = (of: VerifyJob): VerifyJob => ({ ...of, signingInput: Buffer.from("something else") })

let pool: VerifyPool | undefined
const open = (options: PoolOptions = {}): VerifyPool => {
  pool = new VerifyPool({ size: 2, ...options })
  return pool
}
afterEach(async () => {
  await pool?.close()
  pool = undefined
})

describe("VerifyPool", () => {
  it("answers in the order of the jobs, over many posts and with keys seen once, twice and often", async () => {
    const jobs = Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? forged(job(i)) : job(i)))
    const results = await open().verifyBatch(jobs)
    expect([...results]).toEqual(jobs.map((_, i) => (i % 3 === 0 ? INVALID : VALID)))
  })

  it("keeps its memory of keys bounded without changing any answer", async () => {
    const jobs = Array.from({ length: 60 }, (_, i) => job(i))
    expect([...(await open({ keys: 2 }).verifyBatch(jobs))]).toEqual(jobs.map(() => VALID))
  })

  it("spreads a batch of a single key", async () => {
    const jobs = Array.from({ length: 100 }, (_, i) => job(i * PAIRS.length))
    expect([...(await open().verifyBatch(jobs))]).toEqual(jobs.map(() => VALID))
  })

  it("names weak keys, and refuses shapes that cannot be keys or signatures", async () => {
    const good = job(0)
    const weak = { ...good, publicKey: Buffer.alloc(32) }
    const short = { ...good, publicKey: Buffer.alloc(5) }
    const long = { ...good, signature: Buffer.alloc(65) }
    expect([...(await open().verifyBatch([weak, short, long, good]))]).toEqual([WEAK_KEY, INVALID, INVALID, VALID])
    expect([...(await open().verifyBatch([]))]).toEqual([])
  })

  it("copies the jobs before it returns", async () => {
    const jobs = [job(0), job(1)]
    const answer = open().verifyBatch(jobs)
    for (const { signingInput } of jobs) signingInput.fill(0)
    expect([...(await answer)]).toEqual([VALID, VALID])
  })

  it("replaces a thread that dies and asks again", async () => {
    const jobs = Array.from({ length: 300 }, (_, i) => (i === 7 ? forged(job(i)) : job(i)))
    const results = await open({ script: new URL("./crash-once.ts", import.meta.url) }).verifyBatch(jobs)
    expect([...results]).toEqual(jobs.map((_, i) => (i === 7 ? INVALID : VALID)))
  })

  it("reports an error where a thread dies twice, and does not hang", async () => {
    const dying = open({ script: new URL("./crash-always.ts", import.meta.url) })
    expect([...(await dying.verifyBatch([job(0), job(1), job(2)]))]).toEqual([ERROR, ERROR, ERROR])
    expect([...(await dying.verifyBatch([job(3)]))]).toEqual([ERROR])
  })

  it("settles what is open when it is closed, and takes nothing after", async () => {
    const closing = open()
    const answer = closing.verifyBatch(Array.from({ length: 300 }, (_, i) => job(i)))
    await closing.close()
    for (const result of await answer) expect([VALID, ERROR]).toContain(result)
    await expect(closing.verifyBatch([job(0)])).rejects.toThrow("closed")
  })
})
