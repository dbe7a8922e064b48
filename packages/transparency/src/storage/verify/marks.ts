/**
 * The signed heads that audit.checkpoints holds, against what is published: a log that once was larger was rolled back. A log
 * has a head for every seal, so they are read one after the other while the tree grows, and none is kept.
 */
import type { TreeHead } from "../../checkpoint.ts"
import { NoteError } from "../../note/error.ts"
import type { Findings } from "./findings.ts"

/** A record of audit.checkpoints, in the order of the stream. */
export interface RecordedHead {
  /** The signed note; empty where the record does not fit the note in it. */
  readonly note: string
  /** When the newest event under the head was stamped, milliseconds since 1970; null where the record does not say. Nobody signed it. */
  readonly stamp: number | null
}

/** A head that the log's key has signed, as it was recorded. */
export interface Mark extends TreeHead {
  readonly stamp: number | null
}

/** Reads the records from their beginning; each call begins anew. */
export type History = () => AsyncIterable<RecordedHead>

export class Marks {
  readonly #records: AsyncIterator<RecordedHead>
  readonly #open: (note: string) => TreeHead
  readonly #findings: Findings
  #next: Mark | null = null
  /** The largest size so far. */
  #last = 0
  #unsigned = 0
  #why = ""
  #misplaced = 0

  constructor(history: History, open: (note: string) => TreeHead, findings: Findings) {
    this.#records = history()[Symbol.asyncIterator]()
    this.#open = open
    this.#findings = findings
  }

  /** Whether a head of this size may come: then `at` must be asked. */
  mayHave(size: number): boolean {
    return this.#next === null || this.#next.size <= size
  }

  /** The head that was signed at this size; null where none was. Sizes are asked for in rising order. */
  async at(size: number): Promise<Mark | null> {
    while (this.#next === null || this.#next.size < size) this.#next = await this.#read()
    return this.#next.size === size ? this.#next : null
  }

  /** Reads what is left, and notes what is wrong with the stream. @param size of the published tree */
  async end(size: number): Promise<void> {
    while (this.#next === null || this.#next.size < Number.POSITIVE_INFINITY) this.#next = await this.#read()
    if (this.#unsigned > 0)
      this.#findings.whole(
        "history",
        `${this.#unsigned} records of audit.checkpoints are no checkpoints of this log: ${this.#why}`,
      )
    if (this.#misplaced > 0)
      this.#findings.whole(
        "history",
        `${this.#misplaced} records of audit.checkpoints stand behind one of as many leaves or more: each seal adds some`,
      )
    if (this.#last > size)
      this.#findings.whole(
        "history",
        `the log has ${size} leaves, and audit.checkpoints holds a signed head of ${this.#last}: it was cut or rolled back, or the directory is an old copy`,
      )
  }

  /** The next signed head; one of infinite size where there is none. */
  async #read(): Promise<Mark> {
    for (;;) {
      const { value, done } = await this.#records.next()
      if (done === true) return { origin: "", size: Number.POSITIVE_INFINITY, root: new Uint8Array(0), stamp: null }
      try {
        const head = this.#open(value.note)
        if (head.size > this.#last) {
          this.#last = head.size
          return { ...head, stamp: value.stamp }
        }
        this.#misplaced += 1
      } catch (error) {
        if (!(error instanceof NoteError)) throw error
        // Nobody but the sealer writes there.
        this.#unsigned += 1
        this.#why = error.message
      }
    }
  }
}

/** The signed heads once more, for `narrow`: records that are none are passed over. */
export async function* signedHeads(
  outside: ReadonlyArray<TreeHead>,
  history: History,
  open: (note: string) => TreeHead,
): AsyncGenerator<TreeHead> {
  yield* outside
  for await (const { note } of history()) {
    let head: TreeHead
    try {
      head = open(note)
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      continue
    }
    yield head
  }
}
