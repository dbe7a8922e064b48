/**
 * What a witness has cosigned last of each log: one file for each, named by the SHA-256 of the log's origin, holding the
 * checkpoint with the witness' own signature. It is the whole memory of a witness: put back to an older copy, it would cosign
 * a second history.
 *
 *   <dir>/logs/<hex>/checkpoint     the note that was cosigned last
 *   <dir>/forks/<hex>.json          evidence of two histories, named by its own hash
 */
import { createHash } from "node:crypto"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { makeDirectory, readOptional, writeDurable } from "@assay/transparency/storage"

/** Evidence that is kept; each file is a fork on its own, and the first say enough. */
const MAX_FORKS = 1_000

const hexOf = (text: string): string => createHash("sha256").update(text).digest("hex")

/** The id of a log, as witnesses and distributors name it in paths: SHA-256 of its origin, in hex. */
export const logId = (origin: string): string => hexOf(origin)

export class WitnessStates {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Makes the directories. @throws LinkedFileError where somebody put a link in their place */
  async open(): Promise<void> {
    for (const name of ["logs", "forks"]) await makeDirectory(join(this.#dir, name))
  }

  #path(origin: string): string {
    return join(this.#dir, "logs", logId(origin), "checkpoint")
  }

  /** The note that was cosigned last; null where none was. */
  async read(origin: string): Promise<string | null> {
    const bytes = await readOptional(this.#path(origin))
    return bytes === null ? null : Buffer.from(bytes).toString("utf8")
  }

  /** Durable when it resolves. */
  async write(origin: string, note: string): Promise<void> {
    await writeDurable(this.#path(origin), Buffer.from(note))
  }

  /** Keeps evidence of a fork, each once. */
  async keepFork(evidence: string): Promise<void> {
    const there = await readdir(join(this.#dir, "forks"))
    const name = `${hexOf(evidence)}.json`
    if (there.includes(name) || there.length >= MAX_FORKS) return
    await writeDurable(join(this.#dir, "forks", name), Buffer.from(evidence))
  }

  /** The evidence that is kept, at most so many files. */
  async forks(limit: number): Promise<ReadonlyArray<string>> {
    const names = (await readdir(join(this.#dir, "forks"))).filter((name) => name.endsWith(".json")).sort()
    const found: Array<string> = []
    for (const name of names.slice(0, limit)) {
      const bytes = await readOptional(join(this.#dir, "forks", name))
      if (bytes !== null) found.push(Buffer.from(bytes).toString("utf8"))
    }
    return found
  }
}
