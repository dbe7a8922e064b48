/**
 * Tests judge the same entries again and again: staged and chained, restarted, replayed. Whether a signature is right depends
 * on its bytes alone, so each is verified once, and the answer is remembered until the pool is closed.
 */
import { hash } from "node:crypto"
import { ERROR } from "@assay/jose/verify"
import { VerifyPool } from "@assay/jose/verify-pool"

type Jobs = Parameters<VerifyPool["verifyBatch"]>[0]

const nameOf = ({ alg, publicKey, signature, signingInput }: Jobs[number]): string => {
  const lengths = Buffer.from(`${alg} ${publicKey.length} ${signature.length} `)
  return hash("sha256", Buffer.concat([lengths, publicKey, signature, signingInput]), "base64")
}

export class VerifyOnce extends VerifyPool {
  readonly #known = new Map<string, number>()

  override async verifyBatch(jobs: Jobs): Promise<Uint8Array> {
    const names = jobs.map(nameOf)
    const unknown = names.flatMap((name, index) => (this.#known.has(name) ? [] : [index]))
    const found = unknown.length === 0 ? [] : await super.verifyBatch(unknown.map((index) => jobs[index]!))
    const answers = new Map([...unknown.entries()].map(([nth, index]) => [names[index]!, found[nth]!]))
    // A thread that died says nothing about the signature.
    for (const [name, answer] of answers) if (answer !== ERROR) this.#known.set(name, answer)
    return Uint8Array.from(names, (name) => answers.get(name) ?? this.#known.get(name)!)
  }

  override async close(): Promise<void> {
    await super.close()
    this.#known.clear()
  }
}
