/**
 * The one writer of a partition. Calls that arrive while a transaction is on its way to the disk wait and go into the next
 * one together (group commit): one fsync serves them all, and their records of one stream share frames.
 */
import { StorageError } from "../errors.ts"
import type { Commit, NewRecord } from "../port.ts"
import { decodeExtent, decodeOffset, type Environment } from "./environment.ts"
import { Plan, type State } from "./plan.ts"

/** Calls are gathered into one transaction up to this many bytes; one larger call makes its own. */
const TRANSACTION_BYTES = 32 << 20

/** A call that waits for its transaction. `plan` adds it and says how to settle it once that is durable. */
interface Waiting {
  readonly bytes: number
  readonly plan: (plan: Plan) => () => void
  readonly reject: (error: unknown) => void
}

const bytesOf = (records: ReadonlyArray<NewRecord>): number => {
  let bytes = 0
  for (const { key, value } of records) bytes += key.length + value.length
  return bytes
}

export class Writer {
  /** What is durable. Replaced as a whole after a failed transaction. */
  state: State
  readonly #environment: Environment
  readonly #clock: () => number
  readonly #published: (plan: Plan) => void
  #queue: Array<Waiting> = []
  #running: Promise<void> | null = null
  #closed = false

  /** `published` is called after a plan became durable and `state` shows it, before its callers hear of it. */
  constructor(environment: Environment, clock: () => number, published: (plan: Plan) => void) {
    this.#environment = environment
    this.#clock = clock
    this.#published = published
    this.state = loadState(environment)
  }

  append(
    stream: string,
    records: ReadonlyArray<NewRecord>,
  ): Promise<{ readonly offset: number; readonly time: number }> {
    const now = this.#clock()
    return this.#enqueue(bytesOf(records), (plan) => plan.append(stream, records, now))
  }

  commit(commit: Commit): Promise<{ readonly offsets: ReadonlyArray<number> }> {
    const now = this.#clock()
    const bytes = commit.outputs.reduce((sum, { records }) => sum + bytesOf(records), 0)
    return this.#enqueue(bytes, (plan) => plan.commit(commit, now))
  }

  swap(name: string, expected: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    return this.#enqueue(value.length, (plan) => plan.swap(name, expected, value))
  }

  /** Refuses further calls and waits for those under way. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#running !== null) await this.#running
  }

  #enqueue<Result>(bytes: number, add: (plan: Plan) => Result): Promise<Result> {
    if (this.#closed) return Promise.reject(new StorageError(`${this.#environment.path}: the log is closed`))
    return new Promise((resolve, reject) => {
      const plan = (plan: Plan): (() => void) => {
        const result = add(plan)
        return () => resolve(result)
      }
      this.#queue.push({ bytes, plan, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // The rest of this turn of the event loop may bring more calls for the same transaction.
      await new Promise<void>((resolve) => setImmediate(resolve))
      await this.#transact(this.#take())
    }
    this.#running = null
  }

  #take(): ReadonlyArray<Waiting> {
    let bytes = 0
    let count = 0
    for (const call of this.#queue) {
      bytes += call.bytes
      if (bytes > TRANSACTION_BYTES && count > 0) break
      count++
    }
    const taken = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return taken
  }

  /** Never rejects: whatever goes wrong is the callers' to hear. */
  async #transact(calls: ReadonlyArray<Waiting>): Promise<void> {
    const plan = new Plan(this.state, this.#environment)
    const settled: Array<() => void> = []
    const planned: Array<Waiting> = []
    for (const call of calls) {
      try {
        settled.push(call.plan(plan))
        planned.push(call)
      } catch (refusal) {
        call.reject(refusal)
      }
    }
    try {
      const writes = plan.seal()
      if (writes !== null) await this.#environment.write(writes)
      for (const [stream, extent] of plan.extents) this.state.extents.set(stream, extent)
      for (const [name, position] of plan.positions) this.state.positions.set(name, position)
      this.#published(plan)
      for (const settle of settled) settle()
    } catch (error) {
      for (const call of planned) call.reject(error)
    }
  }
}

const loadState = (environment: Environment): State => ({
  extents: new Map(environment.rows("e").map(([stream, bytes]) => [stream, decodeExtent(bytes)])),
  positions: new Map(environment.rows("g").map(([name, bytes]) => [name, decodeOffset(bytes)])),
})
