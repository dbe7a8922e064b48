/**
 * Which lines a file ends with, so that what comes again after a crash or a failure is not written twice: encoders are pure, so a
 * repeat is the same bytes. Bounded: what came before the last lines of it is not known, and would be written again.
 */
import { hash } from "node:crypto"
import { open } from "node:fs/promises"
import { Lru } from "@assay/bounded"
import type { Encoded } from "../encode/encoder.ts"

/** Far more than can be in hand at once: a step of each stream partition. */
const MAX_LINES = 65_536
const MAX_BYTES = 16 << 20

const nameOf = (line: Uint8Array): string => hash("sha256", line, "base64")

/** The whole lines among the last bytes of a file, and how many bytes that are; none where it is not there. */
const tailOf = async (
  path: string,
  most: number,
): Promise<{ readonly lines: ReadonlyArray<Buffer>; readonly bytes: number }> => {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    throw cause
  })
  if (file === null) return { lines: [], bytes: 0 }
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - most)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const lines: Array<Buffer> = []
    // Where the file is longer, the first line may be half of one.
    let at = from === 0 ? 0 : buffer.indexOf("\n") + 1
    for (let end = buffer.indexOf("\n", at); end >= 0 && end < bytesRead; end = buffer.indexOf("\n", at)) {
      lines.push(buffer.subarray(at, end + 1))
      at = end + 1
    }
    return { lines, bytes: bytesRead }
  } finally {
    await file.close()
  }
}

export class RecentLines {
  readonly #durable = new Lru<true>(MAX_LINES)
  /** Written, and not flushed so far. */
  #written: Array<string> = []

  /** @param paths the newest first: as many are read as there is room for */
  async open(paths: ReadonlyArray<string>): Promise<void> {
    const files: Array<ReadonlyArray<Buffer>> = []
    let left = MAX_BYTES
    for (const path of paths) {
      if (left <= 0) break
      const { lines, bytes } = await tailOf(path, left)
      files.push(lines)
      left -= bytes
    }
    // What can be read is made durable by the first flush, whoever wrote it. The oldest first: they are forgotten first.
    for (const line of files.toReversed().flat()) this.#durable.set(nameOf(line), true)
  }

  /** Without those that the file has. */
  without(items: ReadonlyArray<Encoded>): ReadonlyArray<Encoded> {
    return items.filter(({ bytes }) => this.#durable.get(nameOf(bytes)) === undefined)
  }

  wrote(items: ReadonlyArray<Encoded>): void {
    for (const { bytes } of items) this.#written.push(nameOf(bytes))
  }

  /** @param flush what makes them durable; where it fails, nobody knows what the file has */
  async flushed(flush: () => Promise<void>): Promise<void> {
    const written = this.#written
    this.#written = []
    await flush()
    for (const line of written) this.#durable.set(line, true)
  }
}
