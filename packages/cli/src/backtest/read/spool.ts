/**
 * Readings in the order of their times, whatever the order of the file: sorted runs in a scratch directory, merged. Memory
 * holds one run, and a line of each while they are merged.
 */
import { createReadStream, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { UsageError } from "../../command.ts"
import type { Row, Value } from "./row.ts"

const RUN_ROWS = 100_000
/** A run is an open file while all are merged. */
const MOST_RUNS = 1_000

type Stored = readonly [at: number, device: string, name: string, value: Value, label: string | null, line: number]

const compare = (a: Row, b: Row): number => a.at - b.at || a.line - b.line

export class Spool {
  /** First and last time, milliseconds since 1970. */
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  rows = 0
  private readonly dir: string
  private readonly runRows: number
  private run: Array<Row> = []
  private readonly files: Array<string> = []

  /** @param dir must be there, and is the caller's to remove */
  constructor(dir: string, runRows = RUN_ROWS) {
    this.dir = dir
    this.runRows = runRows
  }

  /** @throws UsageError where the file is too large */
  add(row: Row): void {
    this.rows++
    this.first = Math.min(this.first, row.at)
    this.last = Math.max(this.last, row.at)
    this.run.push(row)
    if (this.run.length >= this.runRows) this.flush()
  }

  /** All of them by time; those of one time by line. Call it once, after the last `add`. */
  async *sorted(): AsyncIterable<Row> {
    if (this.files.length === 0) {
      yield* this.run.toSorted(compare)
      return
    }
    this.flush()
    const readers = this.files.map(rowsOf)
    const heads = await Promise.all(readers.map((reader) => reader.next()))
    for (;;) {
      let best = -1
      heads.forEach((head, index) => {
        if (head.done !== true && (best < 0 || compare(head.value, heads[best]!.value as Row) < 0)) best = index
      })
      if (best < 0) return
      yield heads[best]!.value as Row
      heads[best] = await readers[best]!.next()
    }
  }

  private flush(): void {
    if (this.run.length === 0) return
    if (this.files.length === MOST_RUNS)
      throw new UsageError(`the file has more than ${MOST_RUNS * this.runRows} readings: split it by time`)
    const path = join(this.dir, `run-${this.files.length}`)
    const lines = this.run
      .sort(compare)
      .map(({ at, device, name, value, label, line }) =>
        JSON.stringify([at, device, name, value, label, line] satisfies Stored),
      )
    writeFileSync(path, `${lines.join("\n")}\n`)
    this.files.push(path)
    this.run = []
  }
}

async function* rowsOf(path: string): AsyncGenerator<Row, undefined> {
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const [at, device, name, value, label, line] = JSON.parse(text) as Stored
    yield { at, device, name, value, label, line }
  }
  return undefined
}
