/**
 * A line of logs: where a log's key was lost or stolen another log goes on after it, under another name and key. Its first leaf is the
 * checkpoint that the log before it ends with; the leaves behind stand for the events from there on. So the newest log's key vouches
 * for all of them, and each old log is verified up to where it ends, under its own key.
 */
import { readCheckpoint } from "../../checkpoint.ts"
import { NoteError } from "../../note/error.ts"
import { readPublished } from "../directory.ts"
import { readSuccession } from "../succession.ts"
import { type AuditRecord, type VerifyOptions, verifyPart } from "./directory.ts"
import { Erasures } from "./erasures.ts"
import { Findings } from "./findings.ts"
import type { Report } from "./report.ts"

export interface LogOfLine {
  readonly directory: string
  readonly options: VerifyOptions
}

/** Events in order, in pieces. */
class Pieces {
  readonly #events: AsyncIterator<AuditRecord>
  #held: AuditRecord | null = null
  constructor(events: AsyncIterable<AuditRecord>) {
    this.#events = events[Symbol.asyncIterator]()
  }

  async *below(offset: number): AsyncGenerator<AuditRecord> {
    for (;;) {
      if (this.#held === null) {
        const { value, done } = await this.#events.next()
        if (done === true) return
        this.#held = value
      }
      if (this.#held.offset >= offset) return
      const event = this.#held
      this.#held = null
      yield event
    }
  }
}

const sizeOf = (note: string | null): number => {
  try {
    return note === null ? 0 : readCheckpoint(note).size
  } catch (cause) {
    if (cause instanceof NoteError) return 0 // a finding of that log
    throw cause
  }
}

/**
 * @param logs oldest first; with what is given for each, as `verifyDirectory` takes it
 * @param events of all of them, from the first
 * @returns a report for each
 * @throws NoteError when a vkey cannot be read
 */
export const verifyLine = async (
  logs: ReadonlyArray<LogOfLine>,
  events: AsyncIterable<AuditRecord>,
): Promise<ReadonlyArray<Report>> => {
  const newest = logs.at(-1)!.options
  const erasures = new Erasures(newest.erasures ?? null, newest.keys, new Findings(0))
  const pieces = new Pieces(events)
  const reports: Array<Report> = []
  let [after, base] = [null as string | null, 0]
  for (const [at, { directory, options }] of logs.entries()) {
    const next = logs[at + 1]
    const isLast = next === undefined
    // Where its events end is not signed: where that is wrong, events and leaves do not fit.
    const end = isLast ? Number.POSITIVE_INFINITY : ((await readSuccession(next.directory))?.next ?? 0)
    reports.push(await verifyPart(directory, options, pieces.below(end), { after, base, erasures, isLast }))
    after = await readPublished(directory)
    // The first leaf of the next one stands for no event.
    base += sizeOf(after) - 1
  }
  return reports
}
