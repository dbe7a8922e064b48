/**
 * A bench fleet whose devices live in another process. In the process that is measured they would be most of what its collector has
 * to mark: three gigabytes with a million devices.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { World } from "@assay/fleet"
import { benchWorld } from "./fleet.ts"
import { Packed } from "./packed.ts"

export interface SignerPlan {
  readonly devices: number
  readonly partitions: number
  readonly seed: string
  /** How many of the devices send messages. */
  readonly speakers: number
  /** When the fleet's knowledge was signed, seconds since 1970. */
  readonly now: number
}

export interface Question {
  readonly kind: "presentations" | "messages"
  readonly count: number
}

/** Signed at a time. */
const PART = 5_000

export class Signer {
  readonly world: World
  readonly #process: ChildProcess
  /** Rejects when the process ends. */
  readonly #ended: Promise<never>
  #asked: Promise<unknown> = Promise.resolve()

  constructor(plan: Omit<SignerPlan, "now">) {
    const now = Math.floor(Date.now() / 1000)
    this.world = benchWorld(plan.seed, now)
    this.#process = fork(
      fileURLToPath(new URL("./signer-process.ts", import.meta.url)),
      [JSON.stringify({ ...plan, now })],
      {
        serialization: "advanced",
        execArgv: [],
      },
    )
    this.#ended = once(this.#process, "exit").then(([code, signal]) => {
      throw new Error(`the process that signs has ended: ${signal ?? code}`)
    })
    this.#ended.catch(() => undefined) // when it is stopped, nobody waits for it
  }

  /** One presentation of each device, in parts; the next is signed while one is used. */
  async *presentations(): AsyncGenerator<Packed> {
    let next = this.#ask({ kind: "presentations", count: PART })
    for (;;) {
      const part = new Packed([await next])
      if (part.count === 0) return
      next = this.#ask({ kind: "presentations", count: PART })
      next.catch(() => undefined) // it is awaited in the next turn, if there is one
      yield part
    }
  }

  /** The next messages of those devices that speak, in turns. */
  async next(count: number): Promise<Packed> {
    const parts: Array<Uint8Array> = []
    for (let left = count; left > 0; left -= PART)
      parts.push(await this.#ask({ kind: "messages", count: Math.min(left, PART) }))
    return new Packed(parts)
  }

  stop(): void {
    this.#process.kill()
  }

  /** One question at a time, answered in their order. @throws where the process has ended */
  #ask(question: Question): Promise<Uint8Array> {
    const answer = this.#asked.then(async () => {
      const heard = once(this.#process, "message")
      this.#process.send(question)
      const [packed] = (await Promise.race([heard, this.#ended])) as [Uint8Array]
      return packed
    })
    this.#asked = answer.catch(() => undefined) // whoever asked hears of it
    return answer
  }
}
