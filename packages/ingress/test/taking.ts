/** Takes everything that is handed over, and remembers it. */
import type { Ingress } from "../src/core/ingress.ts"
import type { Submission } from "../src/core/submission.ts"

export class Taking implements Ingress {
  readonly all: Array<Submission> = []
  /** Resolves before anything is answered. */
  gate: Promise<void> = Promise.resolve()

  async submit(submissions: ReadonlyArray<Submission>) {
    await this.gate
    this.all.push(...submissions)
    return submissions.map((_, offset) => ({ origin: { epoch: 1, partition: 0, offset } }))
  }

  get texts(): ReadonlyArray<string> {
    return this.all.map(({ bytes }) => Buffer.from(bytes).toString())
  }
}
