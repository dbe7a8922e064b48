/** Signatures verified on other threads: the one step that costs too much for the thread that judges. */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { Backend, WantedBackend } from "./backend.ts"
import { DEFAULT_KEYS } from "./in-place.ts"
import { ERROR, INVALID } from "./in-thread.ts"
import { isPackable, pack, packedSize, type VerifyJob } from "./job-buffer.ts"
import type { Answer, Chosen, Request } from "./worker.ts"

export interface PoolOptions {
  /** Threads; all cores by default. */
  readonly size?: number
  /** Imported keys that each thread keeps (2.7 kB each for P-256; 1.1 for Ed25519, with the backend `node` alone). */
  readonly keys?: number
  /** `auto` where left out. */
  readonly backend?: WantedBackend
  /** Hears which backend a thread chose, at its start and at that of each which replaces it. */
  readonly onBackend?: (chosen: Pick<Backend, "name" | "problem">) => void
  /** Other code for the threads; tests use it to let them die. It is given `workerData` `{keys, backend, generation}`. */
  readonly script?: URL
}

/** A post is this large at most, or one job: threads start early, and no buffer grows with the batch. */
const POST_JOBS = 128
const POST_BYTES = 1024 * 1024

interface Post {
  readonly jobs: ReadonlyArray<VerifyJob>
  readonly indices: ReadonlyArray<number>
  readonly size: number
  readonly results: Uint8Array
  readonly done: () => void
  readonly isRetry: boolean
}

interface Thread {
  /** Null before the first post and after a death, so that code that cannot start is not restarted in a loop. */
  worker: Worker | null
  generation: number
  readonly pending: Map<number, Post>
}

/**
 * A fixed set of threads. A key always goes to the same one, which remembers it imported; only a batch that one key
 * dominates spills over to the others. Order of results is the order of jobs. The queue is bounded by what callers await.
 */
export class VerifyPool {
  readonly #threads: ReadonlyArray<Thread>
  readonly #keys: number
  readonly #script: URL
  readonly #backend: WantedBackend
  readonly #onBackend: PoolOptions["onBackend"]
  #nextId = 0
  #closed = false

  constructor(options: PoolOptions = {}) {
    this.#keys = options.keys ?? DEFAULT_KEYS
    this.#script = options.script ?? new URL("./worker.ts", import.meta.url)
    this.#backend = options.backend ?? "auto"
    this.#onBackend = options.onBackend
    const size = Math.max(1, options.size ?? availableParallelism())
    this.#threads = Array.from({ length: size }, () => ({ worker: null, generation: 0, pending: new Map() }))
    for (let slot = 0; slot < size; slot++) this.#start(slot)
  }

  get size(): number {
    return this.#threads.length
  }

  /**
   * One `Verification` per job: INVALID, VALID, WEAK_KEY, or ERROR where a thread died twice over it. The jobs' bytes are
   * copied before this returns. Rejects only after `close`.
   */
  verifyBatch(jobs: ReadonlyArray<VerifyJob>): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new Error("the verify pool is closed"))
    const results = new Uint8Array(jobs.length)
    return new Promise((resolve) => {
      let open = 1
      const done = () => {
        if (--open === 0) resolve(results)
      }
      this.#share(jobs, results, (slot, indices, size) => {
        open++
        this.#post(slot, { jobs, indices, size, results, done, isRetry: false })
      })
      done()
    })
  }

  /** Ends the threads. Outstanding batches resolve with ERROR. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#threads.map(({ worker }) => worker?.terminate()))
    for (const thread of this.#threads) for (const post of takeAll(thread)) failPost(post)
  }

  #share(
    jobs: ReadonlyArray<VerifyJob>,
    results: Uint8Array,
    post: (slot: number, indices: ReadonlyArray<number>, size: number) => void,
  ): void {
    const threads = this.#threads.length
    const fair = Math.ceil((jobs.length / threads) * 1.125) + 1
    const taken = new Uint32Array(threads)
    const indices: Array<Array<number>> = Array.from({ length: threads }, () => [])
    const sizes = new Float64Array(threads)
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i]!
      if (!isPackable(job)) {
        results[i] = INVALID
        continue
      }
      let slot = homeOf(job.publicKey) % threads
      if (taken[slot]! >= fair) slot = leastOf(taken)
      taken[slot]!++
      const size = packedSize(job)
      if (indices[slot]!.length === POST_JOBS || (sizes[slot]! > 0 && sizes[slot]! + size > POST_BYTES)) {
        post(slot, indices[slot]!, sizes[slot]!)
        indices[slot] = []
        sizes[slot] = 0
      }
      indices[slot]!.push(i)
      sizes[slot]! += size
    }
    for (let slot = 0; slot < threads; slot++) if (indices[slot]!.length > 0) post(slot, indices[slot]!, sizes[slot]!)
  }

  #post(slot: number, post: Post): void {
    const thread = this.#threads[slot]!
    const id = this.#nextId++
    // An idle pool does not keep the process alive; a working one does.
    const worker = thread.worker ?? this.#start(slot)
    if (thread.pending.size === 0) worker.ref()
    thread.pending.set(id, post)
    const buffer = pack(post.jobs, post.indices, post.size)
    worker.postMessage({ id, count: post.indices.length, jobs: buffer } satisfies Request, [buffer])
  }

  #start(slot: number): Worker {
    const thread = this.#threads[slot]!
    const generation = thread.generation++
    const worker = new Worker(this.#script, { workerData: { keys: this.#keys, backend: this.#backend, generation } })
    thread.worker = worker
    worker.unref()
    worker.on("message", (said: Answer | Chosen) => {
      if ("chosen" in said) this.#onBackend?.(said.chosen)
      else this.#answer(slot, said)
    })
    // An error is always followed by the exit, which is where the thread is replaced.
    worker.on("error", () => {})
    worker.on("exit", () => this.#replace(slot, worker))
    return worker
  }

  #answer(slot: number, { id, results }: Answer): void {
    const thread = this.#threads[slot]!
    const post = thread.pending.get(id)
    if (post === undefined) return
    thread.pending.delete(id)
    if (thread.pending.size === 0) thread.worker?.unref()
    for (let i = 0; i < results.length; i++) post.results[post.indices[i]!] = results[i]!
    post.done()
  }

  #replace(slot: number, worker: Worker): void {
    const thread = this.#threads[slot]!
    if (this.#closed || thread.worker !== worker) return
    thread.worker = null
    for (const post of takeAll(thread)) post.isRetry ? failPost(post) : this.#post(slot, { ...post, isRetry: true })
  }
}

const takeAll = (thread: Thread): ReadonlyArray<Post> => {
  const posts = [...thread.pending.values()]
  thread.pending.clear()
  return posts
}

const failPost = (post: Post): void => {
  for (const index of post.indices) post.results[index] = ERROR
  post.done()
}

/** Bytes from the middle of a key are as good as a hash of it. */
const homeOf = (key: Uint8Array): number => (key[9]! | (key[10]! << 8) | (key[11]! << 16) | (key[12]! << 24)) >>> 0

const leastOf = (counts: Uint32Array): number => {
  let least = 0
  for (let i = 1; i < counts.length; i++) if (counts[i]! < counts[least]!) least = i
  return least
}
