/** Questions for the coordinator that wait for its next answer. */
import { UnavailableError } from "@assay/log"

interface Question {
  readonly partition: number
  readonly timer: NodeJS.Timeout
  readonly resolve: (ours: boolean) => void
}

/** What was open at one moment: an answer to a request that was sent later than that counts for these. */
export type Asked = ReadonlyArray<Question>

export class Questions {
  readonly #open = new Set<Question>()

  get some(): boolean {
    return this.#open.size > 0
  }

  /** @throws UnavailableError where nobody answers for `ms` */
  ask(group: string, partition: number, ms: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#open.delete(question)
        reject(
          new UnavailableError(
            `consumer group ${group} did not say within ${ms} ms whether partition ${partition} is still ours`,
          ),
        )
      }
      const question = { partition, resolve, timer: setTimeout(giveUp, ms) }
      this.#open.add(question)
    })
  }

  asked(): Asked {
    return [...this.#open]
  }

  answer(asked: Asked, share: ReadonlySet<number>): void {
    for (const question of asked) {
      clearTimeout(question.timer)
      this.#open.delete(question)
      question.resolve(share.has(question.partition))
    }
  }
}
