/** A file of lines of JSON that is only appended to. What a crash cut off is no line, and what others appended is read when it is asked for. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs"
import { UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"

const NEWLINE = 0x0a
/** Bytes that are read at once. */
const PIECE = 1 << 20

/** Whose lock is held by the caller: nobody else writes meanwhile. */
export class AppendedLines<Line> {
  readonly #path: string
  readonly #isLine: (value: unknown) => value is Line
  readonly #fd: number
  readonly #ino: number
  /** Of the lines that were read. */
  #bytes = 0
  #lines = 0

  /** @throws UsageError where it cannot be opened */
  constructor(path: string, isLine: (value: unknown) => value is Line) {
    this.#path = path
    this.#isLine = isLine
    try {
      this.#fd = openSync(path, "r+")
    } catch (cause) {
      throw new UsageError(`${path}: ${fileProblem(cause)}: restore it from a backup`)
    }
    this.#ino = fstatSync(this.#fd).ino
  }

  /** Whether the file is another one now, or shorter: a backup was put in its place. */
  get isReplaced(): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    return now?.ino !== this.#ino || now.size < this.#bytes
  }

  /** Those since the last look, oldest first. @throws UsageError that names the line which is none */
  read(): ReadonlyArray<Line> {
    const found: Array<Line> = []
    let rest = Buffer.alloc(0)
    const piece = Buffer.allocUnsafe(PIECE)
    for (let at = this.#bytes; ; ) {
      const count = readSync(this.#fd, piece, 0, PIECE, at)
      if (count === 0) break
      at += count
      const bytes = Buffer.concat([rest, piece.subarray(0, count)])
      const end = bytes.lastIndexOf(NEWLINE) + 1
      for (const text of bytes.toString("utf8", 0, end).split("\n").slice(0, -1)) found.push(this.#lineOf(text))
      this.#bytes += end
      rest = bytes.subarray(end)
    }
    if (rest.length > 0) ftruncateSync(this.#fd, this.#bytes)
    return found
  }

  /** They are on the disk when it returns. */
  append(lines: ReadonlyArray<Line>): void {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#fd, bytes, written, bytes.length - written, this.#bytes + written)
    fsyncSync(this.#fd)
    this.#bytes += bytes.length
    this.#lines += lines.length
  }

  close(): void {
    closeSync(this.#fd)
  }

  #lineOf(text: string): Line {
    this.#lines++
    try {
      const line: unknown = JSON.parse(text)
      if (this.#isLine(line)) return line
    } catch {
      // Said below.
    }
    throw new UsageError(`${this.#path}: line ${this.#lines} is none of a register: restore it from a backup`)
  }
}
