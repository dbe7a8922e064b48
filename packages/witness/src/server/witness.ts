/**
 * A witness (C2SP tlog-witness): cosigns a log's checkpoints, each only where it continues the one before. It vouches for
 * nothing that a log holds.
 *
 * Guarantees:
 * - What it cosigned is durable before the cosignature leaves: it never cosigns a second history, also after a crash.
 * - One call at a time for each log, so that two calls cannot both continue the same checkpoint.
 * - Of logs that it does not know it keeps nothing: memory and files are bounded by the list of logs.
 * - Two histories that a log's key signed are kept as evidence that anybody can check, and shown in the answer.
 */
import {
  cosign,
  equalHash,
  type Fork,
  formatFork,
  type Hash,
  type LogSigner,
  NoteError,
  openSignedCheckpoint,
  parseAddCheckpoint,
  rootsOf,
  type TreeHead,
  type VerifierKey,
  verifyConsistency,
  type WitnessKey,
} from "@assay/transparency"
import type { WitnessStates } from "./states.ts"

export interface WitnessOptions {
  readonly key: WitnessKey
  readonly signer: LogSigner
  /** By their names; several keys of one log where it changes its key. */
  readonly logs: ReadonlyArray<VerifierKey>
  readonly states: WitnessStates
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** A log showed two histories: an alarm. */
  readonly onFork?: (origin: string, evidence: string) => void
}

/** The answer, as C2SP tlog-witness has it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly type: string
  readonly body: string
}

const TEXT = "text/plain; charset=utf-8"

const refuse = (status: WitnessAnswer["status"], why: string): WitnessAnswer => ({
  status,
  type: TEXT,
  body: `${why}\n`,
})

interface Cosigned {
  readonly note: string
  readonly head: TreeHead
}

export class Witness {
  readonly #options: Required<Omit<WitnessOptions, "logs">>
  readonly #logs: ReadonlyMap<string, ReadonlyArray<VerifierKey>>
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor({ logs, ...options }: WitnessOptions) {
    this.#options = { now: Date.now, onFork: () => undefined, ...options }
    this.#logs = Map.groupBy(logs, ({ name }) => name)
  }

  get origins(): ReadonlyArray<string> {
    return [...this.#logs.keys()]
  }

  /** The checkpoint that was cosigned last, with the log's signature and ours; null where none was. */
  read(origin: string): Promise<string | null> {
    return this.#logs.has(origin) ? this.#options.states.read(origin) : Promise.resolve(null)
  }

  /** What add-checkpoint answers. @throws what the disk says: nothing was cosigned then */
  async add(body: string): Promise<WitnessAnswer> {
    let asked: ReturnType<typeof parseAddCheckpoint>
    try {
      asked = parseAddCheckpoint(body)
    } catch (cause) {
      if (cause instanceof NoteError) return refuse(400, cause.message)
      throw cause
    }
    const origin = asked.checkpoint.slice(0, Math.max(asked.checkpoint.indexOf("\n"), 0))
    const keys = this.#logs.get(origin)
    if (keys === undefined) return refuse(404, "this witness does not know the log")
    return this.#alone(origin, () => this.#add(origin, keys, asked))
  }

  #alone<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#queues.get(origin) ?? Promise.resolve()).then(work)
    this.#queues.set(
      origin,
      turn.catch(() => undefined),
    )
    return turn
  }

  async #add(
    origin: string,
    keys: ReadonlyArray<VerifierKey>,
    { old, proof, checkpoint }: ReturnType<typeof parseAddCheckpoint>,
  ): Promise<WitnessAnswer> {
    const opened = openBy(keys, checkpoint)
    if ("status" in opened) return opened
    const { head, text, own } = opened
    if (old > head.size) return refuse(400, `the old size ${old} is above that of the checkpoint, ${head.size}`)
    const last = await this.#last(origin, keys)
    if (last !== null && last.head.size === head.size && !equalHash(last.head.root, head.root))
      return this.#fork(origin, { a: last.note, b: own, prefix: null, proof: [] })
    const known = last?.head.size ?? 0
    if (known !== old) return { status: 409, type: "text/x.tlog.size", body: `${known}\n` }
    if (last !== null && !verifyConsistency(old, last.head.root, head.size, head.root, proof)) {
      const fork = forkIn(last, { note: own, head }, proof)
      return fork === null
        ? refuse(422, "the proof does not lead from the last checkpoint to this one")
        : this.#fork(origin, fork)
    }
    if (last === null && proof.length > 0) return refuse(422, "a proof from the tree without leaves is empty")
    const { key, signer, states, now } = this.#options
    const line = await cosign(text, key, signer, now())
    await states.write(origin, `${own}${line}`)
    return { status: 200, type: TEXT, body: line }
  }

  /** @throws where what was cosigned cannot be read any more: without it nothing may be cosigned */
  async #last(origin: string, keys: ReadonlyArray<VerifierKey>): Promise<Cosigned | null> {
    const note = await this.#options.states.read(origin)
    if (note === null) return null
    const opened = openBy(keys, note)
    if ("status" in opened)
      throw new Error(`the state of ${origin} cannot be read, so nothing of it is cosigned: ${opened.body.trim()}`)
    return { note: opened.own, head: opened.head }
  }

  async #fork(origin: string, fork: Fork): Promise<WitnessAnswer> {
    const evidence = formatFork(fork)
    await this.#options.states.keepFork(evidence)
    this.#options.onFork(origin, evidence)
    return {
      status: fork.prefix === null ? 409 : 422,
      type: TEXT,
      body: `the log's key signed two histories; the one that this witness knows, then the other:\n\n${fork.a}\n${fork.b}`,
    }
  }
}

/** A note that one of the keys signed, with that signature line alone: what others put below it is not kept. */
const openBy = (
  keys: ReadonlyArray<VerifierKey>,
  note: string,
): { readonly head: TreeHead; readonly text: string; readonly own: string } | WitnessAnswer => {
  let why = refuse(403, "no known key of the log has signed the checkpoint")
  for (const key of keys) {
    try {
      const { head, text, own } = openSignedCheckpoint(note, key)
      return { head, text, own: `${text}\n${own}\n` }
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      if (cause.code !== "signature") why = refuse(400, cause.message)
    }
  }
  return why
}

/**
 * What a proof that does not fit the last checkpoint shows. Only where it leads to the new root from another old one is that a
 * fork: any other proof could be made up by whoever carries the checkpoint. (Where the old size is a power of two a proof does
 * not hold the old root, so nothing is shown.)
 */
const forkIn = (last: Cosigned, other: Cosigned, proof: ReadonlyArray<Hash>): Fork | null => {
  const from = last.head.size
  if (from === 0 || from >= other.head.size || Number.isInteger(Math.log2(from))) return null
  const roots = rootsOf(from, other.head.size, proof, last.head.root)
  if (roots === null || !equalHash(roots.to, other.head.root) || equalHash(roots.from, last.head.root)) return null
  return { a: last.note, b: other.note, prefix: roots.from, proof }
}
