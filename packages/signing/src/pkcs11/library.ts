/**
 * One PKCS#11 library of this process, in a thread of its own. The library is initialised once for the whole process, so all keys of it
 * share the thread; the last one that closes ends it.
 */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Algorithm } from "@assay/did"
import { KeyError, KeyUnreachableError } from "../signer.ts"
import type { FoundKey } from "./token.ts"
import type { Pkcs11Reference } from "./uri.ts"

export type Work =
  | { readonly kind: "find" }
  | { readonly kind: "sign"; readonly input: Uint8Array }
  | { readonly kind: "generate"; readonly alg: Algorithm }

export interface Asked {
  readonly id: number
  /** Stands for the reference, which goes with the first call alone. */
  readonly number: number
  readonly reference: Pkcs11Reference | null
  readonly work: Work
}

export type Answer =
  | { readonly id: number; readonly value: FoundKey | Uint8Array }
  | { readonly id: number; readonly isWrong: boolean; readonly message: string }

export const CLOSED = "pkcs11: the key is closed"
const CLOSE_MS = 2_000
/** A token that answers later is taken for hung: its thread is given up, and the next call begins another. */
const ANSWER_MS = 10_000

interface Waiting {
  readonly resolve: (value: FoundKey | Uint8Array) => void
  readonly reject: (cause: Error) => void
  readonly timer: NodeJS.Timeout
}

class Library {
  readonly #module: string
  readonly #answerMs: number
  readonly #waiting = new Map<number, Waiting>()
  /** Asked in this turn of the event loop: they go over together, since each message between threads costs as much as a signature. */
  #turn: Array<Asked> = []
  /** Numbers whose reference the worker has. */
  readonly #known = new Set<number>()
  #worker: Worker | null = null
  #asked = 0
  users = 0

  constructor(module: string, answerMs: number) {
    this.#module = module
    this.#answerMs = answerMs
  }

  /** @throws KeyError, KeyUnreachableError */
  ask(number: number, reference: Pkcs11Reference, work: Work): Promise<FoundKey | Uint8Array> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    const id = this.#asked++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(`pkcs11: ${this.#module} did not answer within ${this.#answerMs} ms`),
        this.#answerMs,
      )
      this.#waiting.set(id, { resolve, reject, timer })
      if (this.#waiting.size === 1) worker.ref()
      if (this.#turn.length === 0) queueMicrotask(() => this.#send())
      this.#turn.push({ id, number, reference: this.#known.has(number) ? null : reference, work })
      this.#known.add(number)
    })
  }

  #send(): void {
    const asked = this.#turn
    this.#turn = []
    // Where the worker was lost meanwhile, they were all answered.
    if (asked.length > 0) this.#worker?.postMessage(asked)
  }

  /** Lets the library close its sessions, within a bound: another user of it in this process begins anew. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === null) return
    this.#lost(worker, CLOSED)
    const ended = once(worker, "exit", { signal: AbortSignal.timeout(CLOSE_MS) })
    worker.postMessage("end")
    worker.ref()
    // One that hangs in a call of the library ends when that returns: nobody waits for it.
    await ended.catch(() => void worker.terminate())
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: this.#module })
    worker.on("message", (answers: ReadonlyArray<Answer>) => {
      for (const answer of answers) this.#answered(answer)
    })
    worker.on("error", (cause: Error) =>
      this.#lost(worker, `pkcs11: the thread of ${this.#module} failed: ${cause.message}`),
    )
    worker.on("exit", () => this.#lost(worker, `pkcs11: the thread of ${this.#module} ended`))
    worker.unref()
    return worker
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    clearTimeout(waiting.timer)
    // A process that waits for nothing else may end.
    if (this.#waiting.size === 0) this.#worker?.unref()
    if ("value" in answer) waiting.resolve(answer.value)
    else waiting.reject(answer.isWrong ? new KeyError(answer.message) : new KeyUnreachableError(answer.message))
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return
    this.#worker = null
    this.#turn = []
    this.#known.clear()
    for (const [id, { reject, timer }] of this.#waiting) {
      clearTimeout(timer)
      this.#waiting.delete(id)
      reject(new KeyUnreachableError(why))
    }
  }

  async #end(why: string): Promise<void> {
    const worker = this.#worker
    if (worker === null) return
    this.#lost(worker, why)
    await worker.terminate()
  }
}

const libraries = new Map<string, Library>()
/**
 * By module, ends under way. A library ends for the whole process: one that began before that would be ended too, and no signature
 * of it would succeed any more.
 */
const ending = new Map<string, Promise<void>>()

const end = async (module: string, library: Library): Promise<void> => {
  libraries.delete(module)
  const all = Promise.all([ending.get(module), library.close()]).then(() => undefined)
  ending.set(module, all)
  await all
  if (ending.get(module) === all) ending.delete(module)
}

/** Numbers of references, by their text. */
const numbers = new Map<string, number>()

const numberOf = (reference: Pkcs11Reference): number => {
  const text = JSON.stringify(reference)
  const number = numbers.get(text) ?? numbers.size
  numbers.set(text, number)
  return number
}

export interface LibraryUse {
  ask(work: Work): Promise<FoundKey | Uint8Array>
  close(): Promise<void>
}

let others: ((reference: Pkcs11Reference) => LibraryUse) | null = null

/** Another thread of this process has the libraries (`lent.ts`). */
export const useLibrariesOf = (use: (reference: Pkcs11Reference) => LibraryUse): void => {
  others = use
}

/** One use of a reference's library; the thread ends with the last. */
export const useLibrary = (reference: Pkcs11Reference, answerMs = ANSWER_MS): LibraryUse => {
  if (others !== null) return others(reference)
  const { module } = reference
  const library = libraries.get(module) ?? new Library(module, answerMs)
  libraries.set(module, library)
  library.users += 1
  const number = numberOf(reference)
  let isClosed = false
  const ask = async (work: Work): Promise<FoundKey | Uint8Array> => {
    if (isClosed) throw new KeyUnreachableError(CLOSED)
    return library.ask(number, reference, work)
  }
  return {
    ask: (work) => ending.get(module)?.then(() => ask(work)) ?? ask(work),
    close: async () => {
      if (isClosed) return
      isClosed = true
      library.users -= 1
      if (library.users === 0) await end(module, library)
    },
  }
}
