/** A verify pool that does not verify the same bytes by the same key twice: a test judges one fleet many times over. */
import { hash } from "node:crypto"
import { ERROR } from "@assay/jose/verify"
import { VerifyPool } from "@assay/jose/verify-pool"

type Job = Parameters<VerifyPool["verifyBatch"]>[0][number]

/** Same for two jobs only where all that a verification depends on is the same. */
const keyOf = ({ alg, publicKey, signingInput, signature }: Job): string => {
  const sizes = Buffer.from(`${alg} ${publicKey.length} ${signingInput.length} ${signature.length} `)
  return hash("sha256", Buffer.concat([sizes, publicKey, signingInput, signature]), "base64url")
}

export class RememberingPool extends VerifyPool {
  readonly #known = new Map<string, number>()

  override async verifyBatch(jobs: ReadonlyArray<Job>): Promise<Uint8Array> {
    // Before anything is awaited: afterwards the bytes of the jobs may have changed.
    const keys = jobs.map(keyOf)
    const open = keys.flatMap((key, n) => (this.#known.has(key) ? [] : [n]))
    if (open.length > 0) {
      const found = await super.verifyBatch(open.map((n) => jobs[n]!))
      open.forEach((n, nth) => {
        this.#known.set(keys[n]!, found[nth]!)
      })
    }
    const results = Uint8Array.from(keys, (key) => this.#known.get(key)!)
    // Our own failure says nothing about the bytes.
    for (const n of open) if (results[n] === ERROR) this.#known.delete(keys[n]!)
    return results
  }
}
