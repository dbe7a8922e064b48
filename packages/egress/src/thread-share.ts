/**
 * How much of a thread all exports of a process take together. In a node that thread judges: what is encoded there is done in
 * short turns, one after the other, each followed by a rest in proportion.
 */
import { setImmediate, setTimeout } from "node:timers/promises"

export class ThreadShare {
  readonly #restPerWork: number
  #turn: Promise<void> = Promise.resolve()

  /** @param share above 0 and at most 1: 1 takes what it needs, and only lets others in between two turns */
  constructor(share: number) {
    if (!(share > 0 && share <= 1)) throw new RangeError(`not a share of a thread: ${share}`)
    this.#restPerWork = 1 / share - 1
  }

  /** Does `work`, which takes a millisecond or so, when its turn comes. @throws what it throws */
  take<T>(work: () => T): Promise<T> {
    let ms = 0
    const done = this.#turn.then(() => {
      const from = performance.now()
      try {
        return work()
      } finally {
        ms = performance.now() - from
      }
    })
    const rest = (): Promise<void> => this.#rest(ms * this.#restPerWork)
    this.#turn = done.then(rest, rest)
    return done
  }

  async #rest(ms: number): Promise<void> {
    if (ms < 1) await setImmediate()
    else await setTimeout(ms)
  }
}
